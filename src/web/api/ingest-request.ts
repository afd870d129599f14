import type { IncomingHttpHeaders } from 'node:http';
import { dryRunQuery, readQuery } from '../../contract/queries.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { IngestAnswer, KeyPrincipal } from '../../store/ingest.ts';
import type { Ctx, Web } from '../context.ts';
import { runUrl } from './shapes.ts';

/** What every way in asks of a request before its body is read. */
export type IngestRequest = {
  principal: KeyPrincipal;
  admittedAtMs: number | null;
  /** in one order, so that the same request is known again */
  query: string;
  idempotencyKey: string | null;
  dryRun: boolean;
};

/** Throws while shutting down or while the disk refuses, and the 400s of query and headers. */
export function readIngestRequest(ctx: Ctx, web: Web): IngestRequest {
  if (web.isDraining())
    throw new AppError('draining', 'shutting down; try again', { retryAfter: 5 });
  const { refusal } = web.store;
  if (refusal !== null) throw new AppError('storage_failure', refusal, { retryAfter: 5 });
  return {
    principal: keyOf(ctx),
    admittedAtMs: ctx.state.admittedAtMs,
    query: inOneOrder(ctx.querystring),
    idempotencyKey: idempotencyKeyOf(ctx.req.headers),
    dryRun: ctx.querystring !== '' && readQuery(dryRunQuery, ctx.query).dryRun,
  };
}

function inOneOrder(querystring: string): string {
  if (querystring === '') return '';
  const query = new URLSearchParams(querystring);
  query.sort();
  return query.toString();
}

function keyOf(ctx: Ctx): KeyPrincipal {
  const { principal } = ctx.state;
  if (principal.kind !== 'key') throw new AppError('unauthorized', 'missing or invalid API key');
  return principal;
}

/** The body of the 202, and of an accepted entry of a batch. */
export function acceptedJson(web: Web, { id, repo, ...stored }: IngestAnswer) {
  const { casesStored, casesDropped, warnings } = stored;
  const url = runUrl(web, repo, id);
  return { id, accepted: true, casesStored, casesDropped, warnings, url };
}

const printable = /^[\x20-\x7e]+$/;

/** Throws `invalid_idempotency_key`. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | null {
  const value = headers['idempotency-key'];
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
