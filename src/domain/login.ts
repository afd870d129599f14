/**
 * Logins: user names or mail addresses. ASCII only, so that no two of them look alike; compatibility
 * forms (full-width letters) and case are folded, so that one person has one account.
 */

const form = /^[a-z0-9](?:[a-z0-9._+@-]*[a-z0-9])?$/;

/** What is looked up: `" Ada@Example.com"` → `ada@example.com`. Never throws. */
export const foldLogin = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/** Why this cannot be a login, as a sentence; null when it can. `most`: characters. */
export function loginProblem(text: string, most: number): string | null {
  const folded = foldLogin(text);
  if (folded === '') return 'Choose a user name, or give your e-mail address.';
  if (folded.length > most) return `A user name has at most ${most} characters.`;
  if (!form.test(folded)) {
    return 'A user name has letters a to z, digits and . _ - + @ between them, no spaces.';
  }
  return null;
}
