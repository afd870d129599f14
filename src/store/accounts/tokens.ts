import { hash } from 'node:crypto';

export type Random = (bytes: number) => Uint8Array;

/** 192 random bits for a URL or a cookie: nothing about them can be guessed. */
export const makeToken = (random: Random): string => Buffer.from(random(24)).toString('base64url');

/** What is kept of a token. */
export const hashToken = (token: string): Buffer => hash('sha256', token, 'buffer');
