import {
  type AccountFields,
  accountProblems,
  type Problems,
  toNewUser,
} from '../../actions/accounts/new-account.ts';
import { tidyName } from '../../domain/text.ts';
import { limits } from '../../limits.ts';
import { addressOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { type Form, readForm, single } from '../middleware/form.ts';
import { emptyAccount, enter, namesIn, readAccount, takenLogin } from './parts/account-form.ts';
import { sendPage } from './parts/send-page.ts';

const longestName = limits.workspaceNameLength.value;

/** GET /setup?token= — the link of a first start: the workspace and its administrator. */
export async function setupPage(ctx: Ctx, web: Web): Promise<void> {
  const token = single(ctx.query.token);
  const found = await web.store.accounts.findSetup(token, web.clock.now());
  if (found === null) return sendGone(ctx, web);
  const { workspace } = found;
  await sendForm(ctx, web, { token, workspace, fields: emptyAccount, problems: {} });
}

/** POST /setup — uses the link up, makes the administrator and signs them in. */
export async function finishSetup(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const shown = readShown(form);
  const { token, workspace, fields } = shown;
  const { accounts } = web.store;
  if ((await accounts.findSetup(token, web.clock.now())) === null) return sendGone(ctx, web);
  if (Object.keys(shown.problems).length > 0) return sendProblems(ctx, web, shown);
  const user = await toNewUser(fields, web);
  try {
    const address = addressOf(ctx, web);
    const id = await accounts.finishSetup(token, { workspace, user }, address, web.clock.now());
    await enter(ctx, web, { id, ...user }, '/');
  } catch (error) {
    await sendProblems(ctx, web, { ...shown, problems: takenLogin(error) });
  }
}

type Shown = { token: string; workspace: string; fields: AccountFields; problems: Problems };

function readShown(form: Form): Shown {
  const workspace = tidyName(form('workspace'));
  const fields = readAccount(form);
  const problem = workspaceProblem(workspace);
  const problems = { ...(problem && { workspace: problem }), ...accountProblems(fields) };
  return { token: form('token'), workspace, fields, problems };
}

function workspaceProblem(workspace: string): string | null {
  if (workspace === '') return 'Give the workspace a name.';
  if (workspace.length > longestName) return `A name has at most ${longestName} characters.`;
  return null;
}

function sendProblems(ctx: Ctx, web: Web, shown: Shown): Promise<void> {
  ctx.status = 400;
  return sendForm(ctx, web, shown);
}

const sendForm = (ctx: Ctx, web: Web, { fields, ...shown }: Shown): Promise<void> =>
  sendPage(ctx, web, 'setup', { title: 'Set up', longestName, ...namesIn(fields), ...shown });

function sendGone(ctx: Ctx, web: Web): Promise<void> {
  ctx.status = 404;
  return sendPage(ctx, web, 'setup-gone', { title: 'This link is used up' });
}
