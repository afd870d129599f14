import { guessedPasswords } from './guessed-passwords.ts';
import { guessedWords } from './guessed-words.ts';
import { passwordMark } from './password-mark.ts';

/** What a password must be; it is never cut, trimmed or changed (ASVS 5, 6.2). */
export type PasswordRules = { least: number; most: number };

/** Why this cannot be a password, as a sentence; null when it can. `own`: what others know of the person. */
export function passwordProblem(
  password: string,
  own: readonly string[],
  { least, most }: PasswordRules,
): string | null {
  const length = [...password].length;
  if (length < least) return `A password has at least ${least} characters.`;
  if (length > most) return `A password has at most ${most} characters.`;
  if (own.some((word) => word !== '' && word.toLowerCase() === password.toLowerCase())) {
    return 'A password must differ from your names.';
  }
  if (isListed(password) || isTrivial(password))
    return 'This password is one of the first that are guessed.';
  return null;
}

let marks: Set<number> | undefined;

/** Of the 10,000 that are guessed first. Another one is taken for one of them once in 400,000 times. */
function isListed(password: string): boolean {
  marks ??= readMarks();
  return marks.has(passwordMark(password));
}

function readMarks(): Set<number> {
  const bytes = Buffer.from(guessedPasswords, 'base64');
  return new Set(Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4)));
}

const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const runs = [...rows, ...rows.map((row) => [...row].reverse().join(''))];

/**
 * One short piece again and again, a run along the keyboard or the alphabet, or a word that everybody
 * takes, with digits and signs around it: what longer lists of leaked passwords are full of.
 */
function isTrivial(password: string): boolean {
  const text = password.toLowerCase();
  if (/^(.{1,3}?)\1+$/s.test(text) || runs.some((run) => run.repeat(2).includes(text))) return true;
  return [text, asLetters(text)].some((one) => guessedWords.has(wordIn(one)));
}

/** `123Dragon!!2024` → `dragon`; a password that has more than one word is none. */
const wordIn = (text: string): string => text.replaceAll(/^[^a-z]+|[^a-z]+$/g, '');

const lookalikes: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** `p@ssw0rd12` → `password12`: digits at the end count as digits. */
const asLetters = (text: string): string =>
  text.replaceAll(/[013457@$!](?=.*[a-z])/g, (sign) => lookalikes[sign]!);
