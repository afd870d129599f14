/**
 * Makes src/domain/guessed-passwords.ts anew: `node build/guessed-passwords.ts LIST`, where LIST is
 * a JSON array of passwords, the one that is guessed first at the front. What is kept is a piece of
 * the SHA-256 of each, so that the sources hold no leaked password to read or to trip a scanner.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { passwordMark } from '../src/domain/password-mark.ts';
import { limits } from '../src/limits.ts';

const most = 10_000;
const least = limits.passwordLeast.value;

const list = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as string[];
const long = list.filter((password) => [...password].length >= least).slice(0, most);
const marks = new Uint32Array(new Set(long.map(passwordMark))).sort();
const bytes = Buffer.alloc(marks.length * 4);
for (const [i, mark] of marks.entries()) bytes.writeUInt32BE(mark, i * 4);

writeFileSync(
  join(import.meta.dirname, '../src/domain/guessed-passwords.ts'),
  `/**
 * Marks of the ${long.length.toLocaleString('en')} passwords of at least ${least} characters that are guessed first, ascending, four
 * bytes each, big end first. Made by build/guessed-passwords.ts from src/passwords.json of
 * @zxcvbn-ts/language-common 4.1.3 (MIT).
 */
export const guessedPasswords =
  '${bytes.toString('base64')}';
`,
);
