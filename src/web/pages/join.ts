import {
  type AccountFields,
  accountProblems,
  type Problems,
  toNewUser,
} from '../../actions/accounts/new-account.ts';
import type { FoundInvitation } from '../../store/accounts/invitations.ts';
import { actorOf, addressOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { readForm, single } from '../middleware/form.ts';
import { emptyAccount, enter, namesIn, readAccount, takenLogin } from './parts/account-form.ts';
import { redirect } from './parts/redirect.ts';
import { sendPage } from './parts/send-page.ts';

/** GET /join?token= — an invitation: make an account, or join with the one that is signed in. */
export async function joinPage(ctx: Ctx, web: Web): Promise<void> {
  const token = single(ctx.query.token);
  const invitation = await web.store.accounts.findInvitation(token, web.clock.now());
  if (invitation === null) return sendGone(ctx, web);
  await sendForm(ctx, web, { token, invitation, fields: emptyAccount, problems: {} });
}

/** POST /join — uses the invitation up. */
export async function join(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const token = form('token');
  const { accounts } = web.store;
  const invitation = await accounts.findInvitation(token, web.clock.now());
  if (invitation === null) return sendGone(ctx, web);
  if (ctx.state.principal.kind === 'session') {
    await accounts.joinAs(token, actorOf(ctx, web), web.clock.now());
    return redirect(ctx, '/');
  }
  const fields = readAccount(form);
  const shown = { token, invitation, fields };
  const problems = accountProblems(fields);
  if (Object.keys(problems).length > 0) return sendProblems(ctx, web, { ...shown, problems });
  const user = await toNewUser(fields, web);
  try {
    const id = await accounts.joinAnew(token, user, addressOf(ctx, web), web.clock.now());
    await enter(ctx, web, { id, ...user }, '/');
  } catch (error) {
    await sendProblems(ctx, web, { ...shown, problems: takenLogin(error) });
  }
}

type Shown = {
  token: string;
  invitation: FoundInvitation;
  fields: AccountFields;
  problems: Problems;
};

function sendProblems(ctx: Ctx, web: Web, shown: Shown): Promise<void> {
  ctx.status = 400;
  return sendForm(ctx, web, shown);
}

const sendForm = (ctx: Ctx, web: Web, { fields, ...shown }: Shown): Promise<void> =>
  sendPage(ctx, web, 'join', { title: 'Join', ...namesIn(fields), ...shown });

function sendGone(ctx: Ctx, web: Web): Promise<void> {
  ctx.status = 404;
  return sendPage(ctx, web, 'join-gone', { title: 'This invitation is over' });
}
