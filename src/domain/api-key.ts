import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

const prefix = 'qlens_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomChars = 30;
const checkChars = 6;
const form = /^qlens_[0-9A-Za-z]{36}$/;

/** For scanners of secrets, and for finding keys where they do not belong. */
export const keyPattern = /qlens_[0-9A-Za-z]{36}/;

/**
 * A new API key: `qlens_`, 30 base62 characters (178 bits) and 6 that check the rest.
 * `random(n)` yields n bytes from a CSPRNG; bytes above 247 are rejected so that all characters
 * are equally likely.
 */
export function makeKey(random: (n: number) => Uint8Array): string {
  let body = '';
  while (body.length < randomChars) {
    for (const byte of random(randomChars)) {
      if (byte < 248 && body.length < randomChars) body += alphabet[byte % 62];
    }
  }
  return `${prefix}${body}${checksum(prefix + body)}`;
}

/** Form and checksum, without any look-up: mistyped and guessed keys end here. */
export function isKeyForm(text: string): boolean {
  return form.test(text) && checksum(text.slice(0, -checkChars)) === text.slice(-checkChars);
}

/** What is stored of a key. Plain SHA-256: nothing can be guessed about 178 random bits. */
export function hashKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < checkChars; i++) {
    digits = alphabet[rest % 62] + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
