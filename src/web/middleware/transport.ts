import type { Middleware } from 'koa';
import { AppError } from '../../errors.ts';
import type { State } from '../context.ts';

const host = /^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/** What Node's parser lets through and we do not: the first of all checks. */
export function transport(): Middleware<State> {
  return async (ctx, next) => {
    const { req } = ctx;
    if (req.httpVersion !== '1.1' && req.httpVersion !== '1.0') {
      throw new AppError('bad_request', 'speak HTTP/1.1');
    }
    const hosts = req.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
    if (hosts.length > 1) throw new AppError('bad_request', 'more than one Host header');
    if (req.headers.host !== undefined && !host.test(req.headers.host)) {
      throw new AppError('bad_request', 'the Host header is not a host');
    }
    if (!methods.has(req.method ?? '')) {
      ctx.set('Allow', 'GET, HEAD, POST');
      throw new AppError('method_not_allowed', 'use GET or POST');
    }
    checkTarget(req.url ?? '');
    await next();
  };
}

/** Only a plain path: no absolute form, nothing that another reader could take for a folder. */
function checkTarget(url: string): void {
  const path = url.split('?', 1)[0]!;
  if (!path.startsWith('/') || path.startsWith('//'))
    throw new AppError('bad_request', 'the target is not a path');
  if (path.includes('\\') || /%(?:00|5c)/i.test(path))
    throw new AppError('bad_request', 'the path holds a forbidden character');
  try {
    decodeURIComponent(path);
  } catch (cause) {
    throw new AppError('bad_request', 'the path is not valid URL encoding', { cause });
  }
  if (/qlens_[0-9A-Za-z]{36}/.test(url)) {
    throw new AppError(
      'key_in_url',
      'an API key in a URL ends in logs: send it as X-API-Key and make a new one',
    );
  }
}
