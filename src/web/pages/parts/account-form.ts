import type { AccountFields, Problems } from '../../../actions/accounts/new-account.ts';
import { AppError } from '../../../errors.ts';
import type { SigningIn } from '../../../store/accounts/sessions.ts';
import { signInPlace } from '../../actor.ts';
import type { Ctx, Web } from '../../context.ts';
import type { Form } from '../../middleware/form.ts';
import { readSessionCookie, setSessionCookie } from '../../session-cookie.ts';
import { redirect } from './redirect.ts';

export const emptyAccount: AccountFields = { login: '', name: '', password: '', repeat: '' };

/** The fields of views/partials/account-fields.eta. */
export const readAccount = (form: Form): AccountFields => ({
  login: form('login'),
  name: form('name'),
  password: form('password'),
  repeat: form('repeat'),
});

/** What a form shows again; a password is never sent back. */
export const namesIn = ({ login, name }: AccountFields) => ({ login, name });

/** Signs in who has just proved to be this person, and goes on to `path`. */
export async function enter(ctx: Ctx, web: Web, user: SigningIn, path: string): Promise<void> {
  const former = readSessionCookie(ctx, web);
  const { accounts } = web.store;
  const place = signInPlace(ctx, web);
  setSessionCookie(ctx, web, await accounts.beginSession(user, place, former, web.clock.now()));
  redirect(ctx, path);
}

/** What a form says of a login that was taken meanwhile; any other error is thrown on. */
export function takenLogin(error: unknown): Problems {
  if (error instanceof AppError && error.code === 'conflict') return { login: error.message };
  throw error;
}
