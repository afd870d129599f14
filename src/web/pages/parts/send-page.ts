import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';
import type { Ctx, Web } from '../../context.ts';
import type { Encoding } from '../../view.ts';
import { viewerOf } from './viewer.ts';

const packers: Record<'br' | 'gzip', (text: string) => Promise<Buffer>> = {
  br: (text) => promisify(brotliCompress)(text, { params: { [zlib.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (text) => promisify(gzip)(text),
};

/** Below this, headers outweigh what compression saves. */
const worthPacking = 1024;

/** The best encoding that the client takes, said in the answer's headers. */
export function chooseEncoding(ctx: Ctx): Encoding {
  ctx.vary('Accept-Encoding');
  const best = (['br', 'gzip'] as const).find((name) => ctx.acceptsEncodings(name) === name);
  if (best === undefined) return 'identity';
  ctx.set('Content-Encoding', best);
  return best;
}

/** Renders views/pages/<page>.eta and answers with it, compressed off the main thread. */
export async function sendPage(
  ctx: Ctx,
  web: Web,
  page: string,
  data: Record<string, unknown> & { title: string },
): Promise<void> {
  const html = web.view.render(page, { ...viewerOf(ctx), ...data, nowMs: web.clock.now() });
  ctx.type = 'html';
  // Every page has a form, if only for signing out: with no-referrer its Origin would be null.
  ctx.set('Referrer-Policy', 'same-origin');
  const encoding = html.length < worthPacking ? 'identity' : chooseEncoding(ctx);
  ctx.body = encoding === 'identity' ? html : await packers[encoding](html);
}
