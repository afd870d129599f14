import { caseListQuery, readQuery } from '../../contract/queries.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Ctx, Web } from '../context.ts';
import { readBody } from '../middleware/body.ts';
import { checkRepo, runDetailJson, runUrl } from './shapes.ts';

/** POST /api/v1/test-runs: bytes in, durable, 202. */
export async function postTestRun(ctx: Ctx, web: Web): Promise<void> {
  if (web.isDraining())
    throw new AppError('draining', 'shutting down; try again', { retryAfter: 5 });
  const { principal, admittedAtMs } = ctx.state;
  if (principal.kind !== 'key') throw new AppError('unauthorized', 'missing or invalid API key');
  const idempotencyKey = readIdempotencyKey(ctx);
  const body = await readBody(ctx, web);
  try {
    const stored = await web.store.ingest({
      principal,
      body: body.bytes,
      receivedAtMs: web.clock.now(),
      admittedAtMs,
      route: 'test-runs',
      idempotencyKey,
    });
    const { id, repo, casesStored, casesDropped, warnings } = stored;
    ctx.status = 202;
    ctx.body = {
      id,
      accepted: true,
      casesStored,
      casesDropped,
      warnings,
      url: runUrl(web, repo, id),
    };
  } finally {
    body.release();
  }
}

const printable = /^[\x20-\x7e]+$/;

function readIdempotencyKey(ctx: Ctx): string | null {
  const value = ctx.req.headers['idempotency-key'];
  if (value === undefined) return null;
  const isFit =
    typeof value === 'string' &&
    printable.test(value) &&
    value.length <= limits.idempotencyKeyLength.value;
  if (isFit) return value;
  throw new AppError(
    'invalid_idempotency_key',
    `Idempotency-Key must be 1 to ${limits.idempotencyKeyLength.value} printable characters`,
  );
}

export async function getRun(ctx: Ctx, web: Web): Promise<void> {
  const run = await web.store.getRun(ctx.params.id!);
  if (run === null) throw new AppError('not_found', 'there is no such run');
  checkRepo(ctx, { slug: run.repo, workspaceId: run.workspaceId });
  ctx.body = runDetailJson(web, run);
}

export async function listCases(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, status, suite, q } = readQuery(caseListQuery, ctx.query);
  const run = await web.store.getRun(ctx.params.id!);
  if (run === null) throw new AppError('not_found', 'there is no such run');
  checkRepo(ctx, { slug: run.repo, workspaceId: run.workspaceId });
  const page = await web.store.listCases(run.id, { status, suite, q }, limit, cursor ?? 0);
  ctx.body = { items: page!.items, next: page!.next };
}
