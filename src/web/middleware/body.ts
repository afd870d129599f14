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
  checkType(req);
  const isGzip = checkEncoding(req);
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limits.bodyBytes.value) throw tooLarge();
  const held = new Held(web);
  try {
    if ((req as { expectsContinue?: boolean }).expectsContinue) ctx.res.writeContinue();
    const chunks = await (isGzip ? inflate(req, held) : collect(req, held));
    return { bytes: join(chunks, held.bytes), release: () => held.release() };
  } catch (error) {
    held.release();
    throw error;
  }
}

/** Bytes of one body taken from the common budget. */
class Held {
  bytes = 0;
  readonly #web: Web;

  constructor(web: Web) {
    this.#web = web;
  }

  add(chunk: Uint8Array): void {
    if (this.bytes + chunk.length > limits.bodyBytes.value) throw tooLarge();
    this.#web.budget.take(chunk.length);
    this.bytes += chunk.length;
  }

  release(): void {
    this.#web.budget.give(this.bytes);
    this.bytes = 0;
  }
}

const tooLarge = (): AppError =>
  new AppError('too_large', `the body exceeds ${limits.bodyBytes.value} bytes (inflated)`);

const jsonType = /^application\/(?:[\w.+-]+\+)?json$/i;

function checkType(req: IncomingMessage): void {
  const [type, ...parameters] = (req.headers['content-type'] ?? '').split(';');
  if (!jsonType.test((type ?? '').trim())) {
    throw new AppError('unsupported_type', 'send Content-Type: application/json');
  }
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

function collect(req: IncomingMessage, held: Held): Promise<Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    const stop = (error: unknown) => {
      req.off('data', onData);
      req.pause();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      try {
        held.add(chunk);
        chunks.push(chunk);
      } catch (error) {
        stop(error);
      }
    };
    req.on('data', onData);
    req.once('end', () => resolve(chunks));
    req.once('error', (cause) => stop(cutShort(cause)));
    req.once('close', () => stop(cutShort(undefined)));
  });
}

/** The client went away or stalled; nobody reads the answer, nothing is stored. */
const cutShort = (cause: unknown): AppError =>
  new AppError('incomplete_body', 'the body ended too early', { cause });

/** The compressed stream is capped as well: endless empty members would unfold to nothing for ever. */
function inflate(req: IncomingMessage, held: Held): Promise<Uint8Array[]> {
  const gunzip = createGunzip();
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    const stop = (error: unknown) => {
      req.unpipe(gunzip);
      gunzip.destroy();
      reject(error);
    };
    gunzip.on('data', (chunk: Buffer) => {
      try {
        held.add(chunk);
        chunks.push(chunk);
      } catch (error) {
        stop(error);
      }
    });
    gunzip.once('end', () => {
      if (gunzip.bytesWritten < received) stop(badGzip(undefined));
      else resolve(chunks);
    });
    gunzip.once('error', (cause) => stop(badGzip(cause)));
    let received = 0;
    req.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > limits.bodyBytes.value) stop(tooLarge());
    });
    req.once('error', (cause) => stop(cutShort(cause)));
    req.pipe(gunzip);
  });
}

const badGzip = (cause: unknown): AppError =>
  new AppError('invalid_encoding', 'the body is not one complete gzip stream', { cause });

function join(chunks: Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(length));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
