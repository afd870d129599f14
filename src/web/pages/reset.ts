import { type Problems, passwordProblems } from '../../actions/accounts/new-account.ts';
import type { FoundReset } from '../../store/accounts/passwords.ts';
import { addressOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { readForm, single } from '../middleware/form.ts';
import { enter } from './parts/account-form.ts';
import { sendPage } from './parts/send-page.ts';

/** GET /reset?token= — the link for a new password. */
export async function resetPage(ctx: Ctx, web: Web): Promise<void> {
  const token = single(ctx.query.token);
  const found = await web.store.accounts.findReset(token, web.clock.now());
  if (found === null) return sendGone(ctx, web);
  await sendForm(ctx, web, { token, found, problems: {} });
}

/** POST /reset — sets the password, ends every session and begins a new one. */
export async function reset(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const token = form('token');
  const { accounts } = web.store;
  const found = await accounts.findReset(token, web.clock.now());
  if (found === null) return sendGone(ctx, web);
  const password = form('password');
  const problems = passwordProblems(password, form('repeat'), [found.login, found.name]);
  if (Object.keys(problems).length > 0) {
    ctx.status = 400;
    return sendForm(ctx, web, { token, found, problems });
  }
  const passwordHash = await web.passwords.hash(password);
  await accounts.resetPassword(token, passwordHash, addressOf(ctx, web), web.clock.now());
  await enter(ctx, web, { id: found.userId, login: found.login, passwordHash }, '/');
}

type Shown = { token: string; found: FoundReset; problems: Problems };

const sendForm = (ctx: Ctx, web: Web, { found, ...shown }: Shown): Promise<void> =>
  sendPage(ctx, web, 'reset', { title: 'A new password', login: found.login, ...shown });

function sendGone(ctx: Ctx, web: Web): Promise<void> {
  ctx.status = 404;
  return sendPage(ctx, web, 'reset-gone', { title: 'This link is used up' });
}
