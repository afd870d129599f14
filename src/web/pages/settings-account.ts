import {
  nameProblem,
  type Problems,
  passwordProblems,
} from '../../actions/accounts/new-account.ts';
import { tidyName } from '../../domain/text.ts';
import { AppError } from '../../errors.ts';
import { actorOf, personOf, signInPlace } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { readForm } from '../middleware/form.ts';
import { readSessionCookie, setSessionCookie } from '../session-cookie.ts';
import { browserOf } from './parts/browser.ts';
import { redirect } from './parts/redirect.ts';
import { sendSettings } from './parts/settings.ts';

const path = '/settings/account';

/** GET /settings/account — name, password, where one is signed in. */
export const accountPage = (ctx: Ctx, web: Web): Promise<void> => send(ctx, web, {});

/** POST /settings/account/name */
export async function changeName(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const name = tidyName(form('name'));
  const problem = name === '' ? 'Give a name.' : nameProblem(name);
  if (problem !== null) return sendProblems(ctx, web, { name: problem });
  const { userId } = personOf(ctx);
  await web.store.accounts.rename(userId, name, actorOf(ctx, web), web.clock.now());
  redirect(ctx, path);
}

/** POST /settings/account/password — asks for the old one; every other session ends. */
export async function changePassword(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const person = personOf(ctx);
  const password = form('password');
  const problems = passwordProblems(password, form('repeat'), [person.login, person.name]);
  if (Object.keys(problems).length > 0) return sendProblems(ctx, web, problems);
  const token = await proveAgain(ctx, web, form('current'));
  if (typeof token !== 'string') return sendProblems(ctx, web, token);
  setSessionCookie(ctx, web, token);
  const session = (await web.sessions.find(token))!;
  const hash = await web.passwords.hash(password);
  await web.store.accounts.changePassword(
    person.userId,
    hash,
    session.sessionId,
    actorOf(ctx, web),
    web.clock.now(),
  );
  redirect(ctx, path);
}

/** Signs in anew with the old password, by the same limits; a problem where it is wrong. */
async function proveAgain(ctx: Ctx, web: Web, password: string): Promise<string | Problems> {
  const { login } = personOf(ctx);
  const place = signInPlace(ctx, web);
  const former = readSessionCookie(ctx, web);
  try {
    return await web.signIn.begin({ login, password, place, former });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'unauthorized') return { current: 'This is not your password.' };
    if (error.code === 'rate_limited') return { current: error.message };
    throw error;
  }
}

/** POST /settings/account/sessions — ends one session, or all others. */
export async function endSessions(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const { userId, sessionId } = personOf(ctx);
  const by = actorOf(ctx, web);
  const id = form('id');
  const nowMs = web.clock.now();
  if (id === 'others') await web.store.accounts.endOtherSessions(userId, sessionId, by, nowMs);
  else if (/^\d{1,15}$/.test(id)) {
    await web.store.accounts.endSession(userId, Number(id), by, nowMs);
  }
  redirect(ctx, path);
}

function sendProblems(ctx: Ctx, web: Web, problems: Problems): Promise<void> {
  ctx.status = 400;
  return send(ctx, web, problems);
}

async function send(ctx: Ctx, web: Web, problems: Problems): Promise<void> {
  const person = personOf(ctx);
  const sessions = await web.store.accounts.listSessions(person.userId, web.clock.now());
  await sendSettings(ctx, web, 'account', null, {
    person,
    problems,
    sessions: sessions.map(({ agent, ...session }) => ({
      ...session,
      browser: browserOf(agent),
      isThis: session.id === person.sessionId,
    })),
  });
}
