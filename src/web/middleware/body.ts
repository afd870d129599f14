import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Ctx, Web } from '../context.ts';
import { GatheredBytes, giveBack } from '../gathered-bytes.ts';

/**
 * The raw bytes of a JSON body, inflated, in memory of their own that may be transferred to
 * another thread. Checks type, encoding and length before reading, the cap while reading, and
 * holds the bytes against the budget until `release`.
 */
export type Body = { bytes: Uint8Array; release: () => void };

export async function readBody(ctx: Ctx, web: Web): Promise<Body> {
  const { req } = ctx;
  checkType(req, jsonBody);
  const isGzip = checkEncoding(req);
  checkLength(req, limits.bodyBytes.value);
  const held = new GatheredBytes(web.budget);
  try {
    askForBody(ctx);
    if (isGzip) for await (const chunk of inflated(req, limits.bodyBytes.value)) add(held, chunk);
    else await collect(req, held);
    return { bytes: held.whole(), release: () => held.release() };
  } catch (error) {
    held.release();
    throw error;
  }
}

function add(held: GatheredBytes, chunk: Buffer): void {
  if (held.length + chunk.length > limits.bodyBytes.value) throw tooLarge();
  held.add(chunk);
}

/** A small JSON body, parsed; its shape is for the caller to check. */
export async function readJson(ctx: Ctx): Promise<unknown> {
  checkType(ctx.req, jsonBody);
  checkLength(ctx.req, limits.smallBodyBytes.value);
  askForBody(ctx);
  try {
    const { koaBody } = await import('koa-body');
    await koaBody(smallJson)(ctx as never, async () => {});
  } catch (cause) {
    const { status } = cause as { status?: number };
    if (status === 413) throw tooLarge(limits.smallBodyBytes.value);
    throw new AppError('invalid_json', 'the body is not valid JSON', { cause });
  }
  return (ctx.request as { body?: unknown }).body;
}

const smallJson = {
  json: true,
  jsonLimit: limits.smallBodyBytes.value,
  text: false,
  urlencoded: false,
  multipart: false,
};

const tooLarge = (max: number = limits.bodyBytes.value): AppError =>
  new AppError('too_large', `the body exceeds ${max} bytes (inflated)`);

/** Which media types a route takes, and which one to name to who sends another. */
export type BodyType = { pattern: RegExp; hint: string; isText?: boolean };

export const jsonBody: BodyType = {
  pattern: /^application\/(?:[\w.+-]+\+)?json$/i,
  hint: 'application/json',
  isText: true,
};

/** The media type without its parameters, in lower case. */
export const typeOf = (req: IncomingMessage): string =>
  (req.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();

export function checkType(req: IncomingMessage, { pattern, hint, isText }: BodyType): void {
  const [, ...parameters] = (req.headers['content-type'] ?? '').split(';');
  if (!pattern.test(typeOf(req))) {
    throw new AppError('unsupported_type', `send Content-Type: ${hint}`);
  }
  if (!isText) return;
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=');
    if (name?.trim().toLowerCase() !== 'charset') continue;
    const charset = (value ?? '').trim().replaceAll('"', '').toLowerCase();
    if (charset !== 'utf-8' && charset !== 'utf8') {
      throw new AppError('unsupported_type', 'JSON is UTF-8; send no other charset');
    }
  }
}

/** true for gzip. Other encodings can unfold too far, or are not asked for. */
function checkEncoding(req: IncomingMessage): boolean {
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new AppError('unsupported_encoding', 'only gzip and identity are accepted');
}

/** An announced length above the cap is refused before a byte is read. */
function checkLength(req: IncomingMessage, max: number): void {
  if (Number(req.headers['content-length'] ?? 0) > max) throw tooLarge(max);
}

/** Sends the 100 that a client waits for. */
function askForBody(ctx: Ctx): void {
  if ((ctx.req as { expectsContinue?: boolean }).expectsContinue) ctx.res.writeContinue();
}

/**
 * The body as it streams in, inflated, each chunk in memory of its own that may be transferred.
 * Ends with `too_large` beyond `max` inflated bytes. What is not read stays on the connection.
 */
export async function* streamBody(ctx: Ctx, max: number): AsyncGenerator<Uint8Array> {
  const { req } = ctx;
  const isGzip = checkEncoding(req);
  checkLength(req, max);
  askForBody(ctx);
  let seen = 0;
  for await (const chunk of isGzip ? inflated(req, max) : plain(req)) {
    seen += chunk.length;
    if (seen > max) throw tooLarge(max);
    yield chunk.length === chunk.buffer.byteLength ? chunk : new Uint8Array(chunk);
  }
}

async function* plain(req: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (cause) {
    throw cutShort(cause);
  }
}

/** The compressed bytes are capped as well: endless empty members would unfold to nothing for ever. */
async function* inflated(req: IncomingMessage, max: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  let received = 0;
  let failure: AppError | null = null;
  const count = (chunk: Buffer) => {
    received += chunk.length;
    if (received <= max) return;
    failure = tooLarge(max);
    gunzip.destroy(failure);
  };
  const fail = (cause?: unknown) => {
    if (req.complete) return;
    failure = cutShort(cause);
    gunzip.destroy(failure);
  };
  req.on('data', count);
  req.once('error', fail);
  req.once('close', fail);
  req.pipe(gunzip);
  try {
    yield* gunzip;
    if (gunzip.bytesWritten < received) throw badGzip(undefined);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw failure ?? badGzip(cause);
  } finally {
    req.off('data', count);
    req.off('error', fail);
    req.off('close', fail);
    req.unpipe(gunzip);
    gunzip.destroy();
  }
}

function collect(req: IncomingMessage, held: GatheredBytes): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (error: unknown) => {
      req.off('data', onData);
      req.pause();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        add(held, chunk);
      } catch (error) {
        giveBack(chunk);
        stop(error);
      }
    };
    req.on('data', onData);
    req.once('end', resolve);
    req.once('error', (cause) => stop(cutShort(cause)));
    req.once('close', () => {
      if (!req.complete) stop(cutShort(undefined));
    });
  });
}

/** The client went away or stalled; nobody reads the answer, nothing is stored. */
const cutShort = (cause: unknown): AppError =>
  new AppError('incomplete_body', 'the body ended too early', { cause });

const badGzip = (cause: unknown): AppError =>
  new AppError('invalid_encoding', 'the body is not one complete gzip stream', { cause });
