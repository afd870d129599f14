import { setTimeout as sleep } from 'node:timers/promises';
import type { Middleware } from 'koa';
import { limits } from '../../limits.ts';
import type { State } from '../context.ts';
import { giveBack } from '../gathered-bytes.ts';

const lingerMs = 2000;

/**
 * An answer to a request whose body was not read. Closing at once would reset the connection and
 * lose the answer on its way, so the rest is read and thrown away, up to a bound, then closed.
 */
export function refusedBody(): Middleware<State> {
  return async (ctx, next) => {
    await next();
    const { req, res } = ctx;
    const hasBody =
      req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
    if (req.complete || !hasBody || req.headers['content-length'] === '0') return;
    const body = typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body ?? '');
    ctx.set('Connection', 'close');
    ctx.set('Content-Length', String(Buffer.byteLength(body)));
    ctx.respond = false;
    res.statusCode = ctx.status;
    res.write(body);
    const bound = ctx.status === 413 ? limits.bodyBytes.value : limits.refusedBodyBytes.value;
    await Promise.race([discard(req, bound), sleep(lingerMs, undefined, { ref: false })]);
    res.end();
  };
}

/** Resolves when the body has ended, has failed, or has exceeded the bound. */
function discard(req: NodeJS.ReadableStream, bound: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    req.on('data', (chunk: Buffer) => {
      seen += chunk.length;
      giveBack(chunk);
      if (seen > bound) resolve();
    });
    req.on('end', resolve);
    req.on('close', resolve);
    req.on('error', () => resolve());
    req.resume();
  });
}
