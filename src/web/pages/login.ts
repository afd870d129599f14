import { nextPath } from '../../domain/next-path.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { actorOf, personOf, signInPlace } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { readForm, single } from '../middleware/form.ts';
import { clearSessionCookie, readSessionCookie, setSessionCookie } from '../session-cookie.ts';
import { redirect } from './parts/redirect.ts';
import { sendPage } from './parts/send-page.ts';

/** GET /login — the door; `next` is where it leads. */
export async function loginPage(ctx: Ctx, web: Web): Promise<void> {
  const next = nextPath(single(ctx.query.next));
  if (ctx.state.principal.kind === 'session') return redirect(ctx, next);
  await sendLogin(ctx, web, { next, login: '', problem: null });
}

/** POST /login — begins a session under a new token; what went wrong is told in place. */
export async function signIn(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const next = nextPath(form('next'));
  const login = form('login');
  const attempt = {
    login,
    password: form('password'),
    place: signInPlace(ctx, web),
    former: readSessionCookie(ctx, web),
  };
  try {
    setSessionCookie(ctx, web, await web.signIn.begin(attempt));
  } catch (error) {
    if (!(error instanceof AppError) || !toldInPlace.has(error.code)) throw error;
    ctx.status = error.status;
    if (error.retryAfter !== undefined) ctx.set('Retry-After', String(error.retryAfter));
    const shown = login.slice(0, limits.loginLength.value);
    return sendLogin(ctx, web, { next, login: shown, problem: error.message });
  }
  redirect(ctx, next);
}

const toldInPlace = new Set(['unauthorized', 'rate_limited', 'busy']);

/** POST /logout */
export async function signOut(ctx: Ctx, web: Web): Promise<void> {
  const { userId, sessionId } = personOf(ctx);
  await web.store.accounts.endSession(userId, sessionId, actorOf(ctx, web), web.clock.now());
  clearSessionCookie(ctx, web);
  redirect(ctx, '/login');
}

type Shown = { next: string; login: string; problem: string | null };

async function sendLogin(ctx: Ctx, web: Web, shown: Shown): Promise<void> {
  const hasUsers = await web.store.accounts.hasUsers();
  const isOpen = !web.cookie.isSecure && !isLoopback(web.baseUrl());
  await sendPage(ctx, web, 'login', { title: 'Sign in', hasUsers, isOpen, ...shown });
}

/** Over plain http to another machine, whoever is on the way can read the password. */
const isLoopback = (url: string): boolean =>
  /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::|\/|$)/.test(url);
