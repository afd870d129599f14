import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorize } from '../domain/principal.ts';
import type { IngestJob, KeyPrincipal } from '../store/ingest.ts';
import { acceptedJson, idempotencyKeyOf } from './api/ingest-request.ts';
import type { Web } from './context.ts';
import { errorAnswer } from './error-answer.ts';
import { headersOfEveryAnswer } from './middleware/headers.ts';
import { rateHeaders } from './middleware/rate-limit.ts';
import { isHost } from './middleware/transport.ts';

export type Handle = (req: IncomingMessage, res: ServerResponse) => unknown;

const path = '/api/v1/test-runs';
/** Larger bodies come in several pieces, and what stands around them costs little beside them. */
const mostBytes = 65_536;

/** the headers of every answer and the type, as Node takes them: name, value, name, value */
const usualHeaders = [
  ...Object.entries(headersOfEveryAnswer).flat(),
  'content-type',
  'application/json; charset=utf-8',
];

/**
 * Answers a plain post of a run whose head and body came together, with the checks and the answers of
 * the usual way but without its layers, which cost as much as all the rest of a small post. Whatever
 * is not plain, or would be refused before its body is read, goes the usual way untouched.
 */
export function promptPosts(web: Web, usual: Handle): Handle {
  return (req, res) => {
    if (!isPlainPost(req)) return usual(req, res);
    // The parser hands over the body right after the head: by then all of it is here, or it is late.
    process.nextTick(() => {
      const admitted = isWhole(req) ? admit(web, req) : null;
      if (admitted === null) usual(req, res);
      else void answer(web, req, res, admitted);
    });
  };
}

const isWhole = ({ readableLength, headers }: IncomingMessage): boolean =>
  readableLength === Number(headers['content-length']);

const plainTypes = new Set(['application/json', 'application/json; charset=utf-8']);

function isPlainPost({ method, url, headers, httpVersion, rawHeaders }: IncomingMessage): boolean {
  const length = Number(headers['content-length']);
  return (
    method === 'POST' &&
    url === path &&
    httpVersion === '1.1' &&
    length > 0 &&
    length <= mostBytes &&
    plainTypes.has(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    headers.expect === undefined &&
    isHost(rawHeaders, headers.host)
  );
}

type Admitted = { principal: KeyPrincipal; admittedAtMs: number | null; headers: string[] };

/** null where the post must go the usual way; then nothing has happened. */
function admit(web: Web, { headers, socket, readableLength }: IncomingMessage): Admitted | null {
  const { authenticator, budget, clock, limiter, rate, store } = web;
  const principal = authenticator.principalNow(headers['x-api-key'], socket);
  if (principal === null || authorize(principal, 'ingest') !== 'yes') return null;
  if (web.isDraining() || store.refusal !== null || budget.left < readableLength) return null;
  const take = limiter?.take(principal.keyId, clock.monotonic()) ?? null;
  if (take?.admitted === false) return null;
  const admittedAtMs = take === null ? null : clock.now();
  return { principal, admittedAtMs, headers: rateHeaders(rate, take) };
}

async function answer(
  web: Web,
  req: IncomingMessage,
  res: ServerResponse,
  { principal, admittedAtMs, headers }: Admitted,
): Promise<void> {
  const bytes = req.read() as Buffer;
  web.budget.take(bytes.length);
  try {
    const job: IngestJob = {
      principal,
      admittedAtMs,
      query: '',
      idempotencyKey: idempotencyKeyOf(req.headers),
      dryRun: false,
      body: new Uint8Array(bytes),
      receivedAtMs: web.clock.now(),
      route: 'test-runs',
    };
    const stored = await web.store.ingest(job);
    if (res.destroyed) web.log.info('answer_unread', { path, id: stored.id });
    send(res, 202, headers, acceptedJson(web, stored));
  } catch (error) {
    const { status, headers: more, body } = errorAnswer(web, path, error);
    send(res, status, [...headers, ...more], body);
  } finally {
    web.budget.give(bytes.length);
  }
}

function send(res: ServerResponse, status: number, headers: string[], body: object): void {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  res.writeHead(status, [...usualHeaders, ...headers, 'content-length', length]);
  res.end(text);
}
