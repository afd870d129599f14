import { hash } from 'node:crypto';

/** The first 32 bits of the SHA-256 of a password in small letters. */
export const passwordMark = (password: string): number =>
  hash('sha256', password.toLowerCase(), 'buffer').readUInt32BE(0);
