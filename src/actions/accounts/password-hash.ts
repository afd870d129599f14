import { argon2Sync, timingSafeEqual } from 'node:crypto';

/** argon2id as ASVS 5 (appendix C) asks: 46 MiB, one pass, one lane. */
const usual = { memory: 47_104, passes: 1, parallelism: 1 };
const saltBytes = 16;
const tagBytes = 32;
const form = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;

/** One computation of argon2id; data only, so that it can cross to a thread. */
export type Derivation = {
  password: string;
  salt: Uint8Array;
  tagLength: number;
  memory: number;
  passes: number;
  parallelism: number;
};

export type Derive = (derivation: Derivation) => Uint8Array | Promise<Uint8Array>;

/** 50 to 100 ms of a core, in the thread that calls it. */
export function deriveHere({ password, salt, ...cost }: Derivation): Uint8Array {
  return argon2Sync('argon2id', { message: password, nonce: salt, ...cost });
}

/** `$argon2id$v=19$m=…,t=…,p=…$salt$hash` */
export async function hashPassword(
  password: string,
  random: (bytes: number) => Uint8Array,
  derive: Derive = deriveHere,
): Promise<string> {
  const salt = random(saltBytes);
  return print(salt, await derive({ password, salt, tagLength: tagBytes, ...usual }));
}

function print(salt: Uint8Array, tag: Uint8Array): string {
  const { memory, passes, parallelism } = usual;
  const cost = `m=${memory},t=${passes},p=${parallelism}`;
  return `$argon2id$v=19$${cost}$${base64(salt)}$${base64(tag)}`;
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('base64').split('=', 1)[0]!;

/** Stands in for the hash of an account that is not there, so that a wrong name takes as long. */
const nobody = print(Buffer.alloc(saltBytes), Buffer.alloc(tagBytes));

/** Whether the password is the one that was hashed; with null never, after the same time. */
export async function matchesPassword(
  password: string,
  hash: string | null,
  derive: Derive = deriveHere,
): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = form.exec(hash ?? nobody)!;
  const expected = Buffer.from(tag!, 'base64');
  const found = await derive({
    password,
    salt: Buffer.from(salt!, 'base64'),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return timingSafeEqual(found, expected) && hash !== null;
}
