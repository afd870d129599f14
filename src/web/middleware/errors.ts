import type { Middleware } from 'koa';
import { AppError } from '../../errors.ts';
import type { Ctx, State, Web } from '../context.ts';
import { errorAnswer } from '../error-answer.ts';
import { redirect } from '../pages/parts/redirect.ts';
import { signInHref, viewerOf } from '../pages/parts/viewer.ts';

/** The one place where an error becomes an answer: JSON for programs, a page for people. */
export function errors(web: Web): Middleware<State> {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw unmatched(ctx as unknown as Ctx);
    } catch (thrown) {
      answer(ctx as unknown as Ctx, web, thrown);
    }
  };
}

/** No route took the request: the path is unknown, or known with other methods. */
function unmatched(ctx: Ctx): AppError {
  const matched = (ctx as unknown as { matched?: { methods: string[] }[] }).matched ?? [];
  const methods = [...new Set(matched.flatMap((layer) => layer.methods))];
  if (methods.length === 0) return new AppError('not_found', 'there is nothing here');
  ctx.set('Allow', methods.join(', '));
  return new AppError('method_not_allowed', `use ${methods.join(', ')}`);
}

function answer(ctx: Ctx, web: Web, thrown: unknown): void {
  const { status, headers, body } = errorAnswer(web, ctx.path, thrown);
  ctx.status = status;
  for (let i = 0; i < headers.length; i += 2) ctx.set(headers[i]!, headers[i + 1]!);
  if (status === 429 || status === 503) ctx.set('Cache-Control', 'no-store');
  if (!isForPeople(ctx)) {
    ctx.body = body;
    return;
  }
  if (body.error.code === 'unauthorized') {
    redirect(ctx, signInHref(ctx));
    return;
  }
  ctx.type = 'html';
  ctx.set('Referrer-Policy', 'same-origin');
  const { message } = body.error;
  const title = titles[status] ?? 'Error';
  ctx.body = web.view.render('error', { ...viewerOf(ctx), title, status, message });
}

const titles: Record<number, string> = {
  400: 'Bad request',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not that way',
  408: 'Too slow',
  413: 'Too large',
  415: 'Not this type',
  429: 'Too many requests',
  500: 'Our fault',
  503: 'Not now',
};

const isForPeople = (ctx: Ctx): boolean =>
  !ctx.path.startsWith('/api/') && ctx.accepts('json', 'html') === 'html';
