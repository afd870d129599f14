import { AppError } from '../../errors.ts';
import type { Ctx, Web } from '../context.ts';
import { chooseEncoding } from './parts/send-page.ts';

/** A file of views/assets under its digest: it never changes, so it is kept for ever. */
export async function asset(ctx: Ctx, web: Web): Promise<void> {
  const found = web.view.asset(ctx.params.digest!, ctx.params.name!);
  if (found === undefined) throw new AppError('not_found', 'there is nothing here');
  ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
  ctx.body = await found.packed(chooseEncoding(ctx));
  ctx.set('Content-Type', found.type);
}
