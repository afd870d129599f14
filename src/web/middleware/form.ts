import type { Context } from 'koa';
import { AppError } from '../../errors.ts';
import type { Ctx } from '../context.ts';

/** The fields of a posted form; what was not sent, or more than once, is empty. */
export type Form = (field: string) => string;

/** Reads a form as a browser sends it. Its parser is loaded here: an appliance seldom sees one. */
export async function readForm(ctx: Ctx): Promise<Form> {
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
  const fields = (request.body ?? {}) as Record<string, unknown>;
  return (field) => single(fields[field]);
}

/** A value that was given once, as text; else empty. */
export const single = (value: unknown): string => (typeof value === 'string' ? value : '');
