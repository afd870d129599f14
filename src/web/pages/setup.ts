import type { Context } from 'koa';
import { tidyName } from '../../domain/text.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Ctx, Web } from '../context.ts';
import { refuseCrossSite } from '../middleware/csrf.ts';
import { sendPage } from './parts/send-page.ts';

const longestName = limits.workspaceNameLength.value;

/** GET /setup?token= — the link of a first start: name the workspace. */
export async function setupPage(ctx: Ctx, web: Web): Promise<void> {
  const token = single(ctx.query.token);
  const found = await web.store.findSetup(token, web.clock.now());
  if (found === null) return sendGone(ctx, web);
  await sendForm(ctx, web, { token, workspace: found.workspace, problem: null });
}

/** POST /setup — names the workspace and uses the link up. */
export async function finishSetup(ctx: Ctx, web: Web): Promise<void> {
  refuseCrossSite(ctx, web);
  const form = await readForm(ctx);
  const token = single(form.token);
  const workspace = tidyName(single(form.workspace));
  if ((await web.store.findSetup(token, web.clock.now())) === null) return sendGone(ctx, web);
  const problem = problemOf(workspace);
  if (problem !== null) {
    ctx.status = 400;
    return sendForm(ctx, web, { token, workspace, problem });
  }
  await web.store.finishSetup(token, workspace, web.clock.now());
  ctx.status = 303;
  ctx.redirect('/');
}

function problemOf(workspace: string): string | null {
  if (workspace === '') return 'Give the workspace a name.';
  if (workspace.length > longestName) return `A name has at most ${longestName} characters.`;
  return null;
}

type Form = { token: string; workspace: string; problem: string | null };

function sendForm(ctx: Ctx, web: Web, form: Form): Promise<void> {
  ctx.set('Referrer-Policy', 'same-origin');
  return sendPage(ctx, web, 'setup', { title: 'Set up', longestName, ...form });
}

function sendGone(ctx: Ctx, web: Web): Promise<void> {
  ctx.status = 404;
  return sendPage(ctx, web, 'setup-gone', { title: 'This link is used up' });
}

/** The fields of a posted form. Its parser is loaded here, for the one form an appliance ever sees. */
async function readForm(ctx: Ctx): Promise<Record<string, unknown>> {
  const { koaBody } = await import('koa-body');
  const parse = koaBody({ urlencoded: true, json: false, text: false, formLimit: '16kb' });
  const { request } = ctx as unknown as Context & { request: { body?: unknown } };
  try {
    await parse(ctx as unknown as Context, async () => {});
  } catch (cause) {
    const isLong = (cause as { status?: number }).status === 413;
    throw isLong
      ? new AppError('too_large', 'The form is too long.', { cause })
      : new AppError('bad_request', 'The form could not be read.', { cause });
  }
  if (ctx.is('urlencoded') === false)
    throw new AppError('unsupported_type', 'Send the form as it is.');
  return (request.body ?? {}) as Record<string, unknown>;
}

const single = (value: unknown): string => (typeof value === 'string' ? value : '');
