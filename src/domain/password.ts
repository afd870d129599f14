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
  if (isTrivial(password)) return 'This password is one of the first that are guessed.';
  return null;
}

const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const runs = [...rows, ...rows.map((row) => [...row].reverse().join(''))];

/** One short piece again and again, or a run along the keyboard or the alphabet. */
function isTrivial(password: string): boolean {
  const text = password.toLowerCase();
  return /^(.{1,3}?)\1+$/s.test(text) || runs.some((run) => run.repeat(2).includes(text));
}
