import { loginProblem } from '../../domain/login.ts';
import { passwordProblem } from '../../domain/password.ts';
import { tidyName } from '../../domain/text.ts';
import { limits } from '../../limits.ts';
import type { NewUser } from '../../store/accounts/users.ts';
import type { Passwords } from './passwords.ts';

/** As typed. */
export type AccountFields = { login: string; name: string; password: string; repeat: string };

/** A sentence for each field that is wrong; empty when all is well. */
export type Problems = Record<string, string>;

export function accountProblems({ login, name, password, repeat }: AccountFields): Problems {
  return {
    ...sentence('login', loginProblem(login, limits.loginLength.value)),
    ...sentence('name', nameProblem(name)),
    ...passwordProblems(password, repeat, [login, name]),
  };
}

/** `own`: what others know of the person. */
export function passwordProblems(
  password: string,
  repeat: string,
  own: readonly string[],
): Problems {
  const rules = { least: limits.passwordLeast.value, most: limits.passwordMost.value };
  const wrong = passwordProblem(password, own, rules);
  return {
    ...sentence('password', wrong),
    ...sentence(
      'repeat',
      wrong === null && password !== repeat ? 'The two are not the same.' : null,
    ),
  };
}

/** Why this cannot be a person's name; empty is allowed. */
export function nameProblem(name: string): string | null {
  const most = limits.personNameLength.value;
  return tidyName(name).length > most ? `A name has at most ${most} characters.` : null;
}

const sentence = (field: string, text: string | null): Problems =>
  text === null ? {} : { [field]: text };

/** Fields without problems → what is stored. A person without a name is called by the login. */
export async function toNewUser(
  fields: AccountFields,
  { passwords }: { passwords: Passwords },
): Promise<NewUser> {
  const login = fields.login.normalize('NFKC').trim();
  const passwordHash = await passwords.hash(fields.password);
  return { login, name: tidyName(fields.name) || login, passwordHash };
}
