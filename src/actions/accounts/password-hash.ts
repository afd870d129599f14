import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** argon2id as ASVS 5 (appendix C) asks: 46 MiB, one pass, one lane. */
const cost = { memory: 47_104, passes: 1, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;
const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

type Cost = typeof cost;

const derive = (password: string, nonce: Uint8Array, by: Cost, tagLength: number) =>
  promisify(argon2)('argon2id', { message: password, nonce, tagLength, ...by });

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. Some 50 ms of a core, off the main thread. */
export async function hashPassword(
  password: string,
  random: (bytes: number) => Uint8Array,
): Promise<string> {
  const salt = random(saltBytes);
  const tag = await derive(password, salt, cost, tagBytes);
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** Stands in for the hash of an account that is not there, so that a wrong name takes as long. */
const nobody = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(
  Buffer.alloc(saltBytes),
)}$${base64(Buffer.alloc(tagBytes))}`;

/** Whether the password is the one that was hashed; with null never, after the same time. */
export async function matchesPassword(password: string, hash: string | null): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = form.exec(hash ?? nobody)!;
  const by = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const expected = Buffer.from(tag!, 'base64');
  const found = await derive(password, Buffer.from(salt!, 'base64'), by, expected.length);
  return timingSafeEqual(found, expected) && hash !== null;
}
