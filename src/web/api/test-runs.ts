import { caseListQuery, readQuery } from '../../contract/queries.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Ctx, Web } from '../context.ts';
import { readBody } from '../middleware/body.ts';
import { acceptedJson, readIngestRequest } from './ingest-request.ts';
import { checkRepo, runDetailJson } from './shapes.ts';

/** POST /api/v1/test-runs: bytes in, durable, 202. */
export async function postTestRun(ctx: Ctx, web: Web): Promise<void> {
  const request = readIngestRequest(ctx, web);
  const body = await readBody(ctx, web);
  try {
    const receivedAtMs = web.clock.now();
    const job = { ...request, body: body.bytes, receivedAtMs, route: 'test-runs' };
    const stored = await web.store.ingest(job);
    ctx.status = 202;
    ctx.body = acceptedJson(web, stored);
  } finally {
    body.release();
  }
}

export async function getRun(ctx: Ctx, web: Web): Promise<void> {
  const run = await web.store.getRun(ctx.params.id!);
  if (run === null) throw new AppError('not_found', 'there is no such run');
  checkRepo(ctx, { slug: run.repo, workspaceId: run.workspaceId });
  ctx.body = runDetailJson(web, run, await web.store.otherCells(run.seq, limits.cellsShown.value));
}

export async function listCases(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, status, suite, q } = readQuery(caseListQuery, ctx.query);
  const id = ctx.params.id!;
  const place = await web.store.findRun(id);
  if (place === null) throw new AppError('not_found', 'there is no such run');
  checkRepo(ctx, place);
  const page = await web.store.listCases(id, { status, suite, q }, limit, cursor ?? 0);
  ctx.body = { items: page!.items, next: page!.next };
}
