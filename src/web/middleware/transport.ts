import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { AppError } from '../../errors.ts';
import type { State } from '../context.ts';

const host = /^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/**
 * What Node's parser lets through and we do not: the first of all checks. The connection of such a
 * request is closed: whoever stands between us may read what follows otherwise than we do.
 */
export function transport(): Middleware<State> {
  return async (ctx, next) => {
    try {
      checkHead(ctx.req);
      checkTarget(ctx.req.url ?? '');
    } catch (error) {
      ctx.set('Connection', 'close');
      throw error;
    }
    if (!methods.has(ctx.method)) {
      ctx.set('Allow', 'GET, HEAD, POST');
      throw new AppError('method_not_allowed', 'use GET or POST');
    }
    await next();
  };
}

function checkHead({ httpVersion, rawHeaders, headers }: IncomingMessage): void {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    throw new AppError('bad_request', 'speak HTTP/1.1');
  }
  const hosts = countHosts(rawHeaders);
  if (hosts > 1) throw new AppError('bad_request', 'more than one Host header');
  if (hosts === 0 && httpVersion === '1.1') {
    throw new AppError('bad_request', 'the Host header is missing');
  }
  if (headers.host !== undefined && !host.test(headers.host)) {
    throw new AppError('bad_request', 'the Host header is not a host');
  }
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect)) {
    throw new AppError('expectation_failed', 'only Expect: 100-continue is known');
  }
}

/** One Host header that is a host. */
export const isHost = (rawHeaders: string[], value: string | undefined): boolean =>
  value !== undefined && countHosts(rawHeaders) === 1 && host.test(value);

/** `rawHeaders` holds name, value, name, value. */
function countHosts(rawHeaders: string[]): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.length === 4 && rawHeaders[i]!.toLowerCase() === 'host') hosts++;
  }
  return hosts;
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
