import {
  AppError,
  fromPlainError,
  httpStatusOf,
  type PlainError,
  toPlainError,
} from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { IngestAnswer } from '../../store/ingest.ts';
import type { Ctx, Web } from '../context.ts';
import { checkType, readBody, streamBody, typeOf } from '../middleware/body.ts';
import { acceptedJson, type IngestRequest, readIngestRequest } from './ingest-request.ts';
import { linesOf } from './lines.ts';

const lineTypes = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl']);
const route = 'test-runs/batch';

/** POST /api/v1/test-runs/batch: many runs, each accepted or refused on its own. */
export async function postBatch(ctx: Ctx, web: Web): Promise<void> {
  const request = readIngestRequest(ctx, web);
  const isLines = lineTypes.has(typeOf(ctx.req));
  const entries = await (isLines ? storeLines(ctx, web, request) : storeList(ctx, web, request));
  ctx.status = 207;
  ctx.body = { results: entries.map((entry, index) => ({ index, ...resultJson(web, entry) })) };
}

type Entry = { stored: IngestAnswer } | { error: PlainError };

function resultJson(web: Web, entry: Entry) {
  if ('stored' in entry) return { status: 202, ...acceptedJson(web, entry.stored) };
  const { code, message, path } = entry.error;
  return { status: httpStatusOf[code], error: { code, message, ...(path && { path }) } };
}

async function storeList(ctx: Ctx, web: Web, request: IngestRequest): Promise<Entry[]> {
  const body = await readBody(ctx, web);
  try {
    const receivedAtMs = web.clock.now();
    return await web.store.ingestBatch({ ...request, body: body.bytes, receivedAtMs, route });
  } finally {
    body.release();
  }
}

/** enough to keep the writer's groups full, and a quarter of the byte budget, so that others get in */
const mostInFlight = 256;
const mostBytesInFlight = limits.bytesInFlight.value / 4;

/**
 * One run a line, stored while the next ones arrive. With an Idempotency-Key each line is known
 * again by its place, so that a stream that was cut can be sent once more. A fault of the stream is
 * the last verdict: what was stored before it is told.
 */
async function storeLines(ctx: Ctx, web: Web, request: IngestRequest): Promise<Entry[]> {
  checkType(ctx.req, { pattern: /./, hint: 'application/x-ndjson', isText: true });
  const entries: Promise<Entry>[] = [];
  let inFlight = 0;
  let bytesInFlight = 0;
  let onSettled = () => {};
  const oneSettled = () =>
    new Promise<void>((resolve) => {
      onSettled = resolve;
    });
  const untilFree = async (bytes: number) => {
    while (bytes > web.budget.left && inFlight > 0) await oneSettled();
  };
  const chunks = streamBody(ctx, limits.streamBytes.value);
  const room = { maxBytes: limits.lineBytes.value, budget: web.budget, untilFree };
  try {
    for await (const line of linesOf(chunks, room)) {
      if (entries.length === limits.runsPerStream.value) {
        web.budget.give(line.length);
        throw tooMany();
      }
      const { length } = line;
      const entry = storeLine(web, request, line, entries.length);
      inFlight++;
      bytesInFlight += length;
      void entry.then(() => {
        inFlight--;
        bytesInFlight -= length;
        onSettled();
      });
      entries.push(entry);
      // Another body under the same key is refused before a further line of it is stored.
      if (entries.length === 1 && request.idempotencyKey !== null) refuseReuse([await entry]);
      while (inFlight >= mostInFlight || bytesInFlight >= mostBytesInFlight) await oneSettled();
    }
  } catch (error) {
    const isOfStream = error instanceof AppError && error.code !== reusedCode;
    if (!isOfStream || entries.length === 0) throw error;
    entries.push(Promise.resolve({ error: toPlainError(error) }));
  }
  if (entries.length === 0) throw new AppError('invalid_body', 'the body holds no run');
  const all = await Promise.all(entries);
  refuseReuse(all);
  return all;
}

const reusedCode = 'idempotency_key_reused';

function refuseReuse(entries: Entry[]): void {
  for (const entry of entries) {
    if ('error' in entry && entry.error.code === reusedCode) throw fromPlainError(entry.error);
  }
}

/** Gives the line's bytes back. Never rejects: what goes wrong is the verdict on this line. */
async function storeLine(
  web: Web,
  request: IngestRequest,
  line: Uint8Array,
  index: number,
): Promise<Entry> {
  const { length } = line;
  const { idempotencyKey, admittedAtMs } = request;
  try {
    const stored = await web.store.ingest({
      ...request,
      body: line,
      receivedAtMs: web.clock.now(),
      route,
      idempotencyKey: idempotencyKey === null ? null : `${idempotencyKey}\n${index}`,
      admittedAtMs: index === 0 ? admittedAtMs : null,
      isLine: true,
    });
    return { stored };
  } catch (error) {
    return { error: toPlainError(error) };
  } finally {
    web.budget.give(length);
  }
}

function tooMany(): AppError {
  const max = limits.runsPerStream.value;
  const message = `a stream holds at most ${max} runs; this one and what follows were not read`;
  return new AppError('too_large', message);
}
