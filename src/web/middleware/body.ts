import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Ctx, Web } from '../context.ts';

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
  const announced = isGzip ? 0 : Number(req.headers['content-length'] ?? 0);
  const held = new Held(web, announced);
  try {
    askForBody(ctx);
    if (isGzip) for await (const chunk of inflated(req, limits.bodyBytes.value)) held.add(chunk);
    else await collect(req, held);
    return { bytes: held.whole(), release: () => held.release() };
  } catch (error) {
    held.release();
    throw error;
  }
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

/** no more is laid out for a body that has only announced itself */
const firstRoom = 1024 * 1024;
const leastRoom = 64 * 1024;

/**
 * One body, counted against the common budget, in one piece of memory that grows: what it grew out
 * of is given back at once, not when the collector comes by.
 */
class Held {
  readonly #web: Web;
  readonly #announced: number;
  #bytes = new Uint8Array(0);
  #length = 0;

  /** `announced`: its length where the client told; 0 where it did not */
  constructor(web: Web, announced: number) {
    this.#web = web;
    this.#announced = announced;
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > limits.bodyBytes.value) throw tooLarge();
    this.#web.budget.take(chunk.length);
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  whole(): Uint8Array {
    const { buffer, length } = this.#bytes;
    return length === this.#length ? this.#bytes : new Uint8Array(buffer.transfer(this.#length));
  }

  release(): void {
    this.#web.budget.give(this.#length);
    this.#length = 0;
  }

  #grow(needed: number): void {
    const first = Math.min(this.#announced, firstRoom) || leastRoom;
    const doubled = Math.max(first, this.#bytes.length * 2, needed);
    const most = this.#announced || limits.bodyBytes.value;
    const room = Math.max(needed, Math.min(doubled, most));
    const isFirst = this.#bytes.length === 0;
    this.#bytes = isFirst
      ? new Uint8Array(room)
      : new Uint8Array(this.#bytes.buffer.transfer(room));
  }
}

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
    yield new Uint8Array(chunk);
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

function collect(req: IncomingMessage, held: Held): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (error: unknown) => {
      req.off('data', onData);
      req.pause();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        held.add(chunk);
      } catch (error) {
        stop(error);
      }
      giveBack(chunk);
    };
    req.on('data', onData);
    req.once('end', resolve);
    req.once('error', (cause) => stop(cutShort(cause)));
    req.once('close', () => {
      if (!req.complete) stop(cutShort(undefined));
    });
  });
}

/**
 * Node's parser puts each piece of a body into memory of its own. The collector hardly sees it and
 * would let hundreds of MB of them lie.
 */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (byteLength === buffer.byteLength) (buffer as ArrayBuffer).transfer(0);
}

/** The client went away or stalled; nobody reads the answer, nothing is stored. */
const cutShort = (cause: unknown): AppError =>
  new AppError('incomplete_body', 'the body ended too early', { cause });

const badGzip = (cause: unknown): AppError =>
  new AppError('invalid_encoding', 'the body is not one complete gzip stream', { cause });
