import { z } from 'zod';
import { keyPattern } from '../domain/api-key.ts';
import { CaseTable } from '../domain/case-table.ts';
import type { Case, TestRun, Warning } from '../domain/model.ts';
import { statuses } from '../domain/model.ts';
import { redactSecrets } from '../domain/redact.ts';
import { isSlug } from '../domain/slug.ts';
import { cleanText, cutName, cutText, tidyName } from '../domain/text.ts';
import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import { invalidBody } from './issues.ts';

const count = (about: string) => z.int().min(0).max(limits.count.value).describe(about);
const duration = z.number().min(0).max(limits.durationMs.value);
const text = (max: number) => z.string().min(1).max(max);
const ref = text(limits.refLength.value);
const word = z
  .string()
  .max(limits.wordLength.value)
  .regex(/^[A-Za-z0-9_.-]+$/, 'may hold letters, digits, dots, dashes and underscores only');
const instant = z.iso.datetime({
  offset: true,
  error: 'must be a time such as 2026-11-24T10:00:00Z',
});
const httpUrl = z
  .string()
  .max(limits.urlLength.value)
  .regex(/^https?:\/\/[^\s]+$/i, 'must be an http or https address');

export const caseSchema = z
  .object({
    suite: z.string().nullish().describe('Suite or file of the case; className or file stand in'),
    name: z.string().describe('Name of the case; not empty'),
    status: z.enum(statuses),
    durationMs: duration.nullish(),
    errorMessage: z.string().nullish().describe('Cut to 16 KiB; secrets are redacted'),
    attempts: z.int().min(0).max(limits.attempts.value).nullish(),
    id: text(limits.refLength.value).nullish().describe('Explicit identity that survives a rename'),
    file: z.string().nullish(),
    line: z.int().min(0).max(limits.count.value).nullish(),
    className: z.string().nullish(),
    stack: z.string().nullish(),
    startedAt: instant.nullish(),
  })
  .meta({ id: 'Case' });

const summarySchema = z
  .object({
    total: count('Cases in the run'),
    passed: count('Cases that passed'),
    failed: count('Cases that failed'),
    skipped: count('Cases that were skipped').nullish(),
    flaky: count('Cases that passed on a retry; may be contained in passed').nullish(),
    durationMs: duration.nullish(),
  })
  .meta({ id: 'SummaryIn' });

/** Body of POST /api/v1/test-runs. Unknown fields are dropped, null is absent. */
export const testRunSchema = z
  .object({
    repo: z
      .string()
      .max(limits.slugLength.value)
      .refine(isSlug, 'must look like owner/name: letters, digits, dots, dashes, underscores')
      .describe('owner/name, up to 20 parts'),
    commit: ref.nullish(),
    branch: ref.nullish().describe('Absent: the default branch'),
    framework: word.nullish(),
    ciProvider: word.nullish(),
    runKey: ref
      .nullish()
      .describe('Groups many uploads into one run: the CI run id, without the attempt'),
    runAttempt: z.int().min(1).max(limits.attempts.value).nullish(),
    shard: z
      .object({
        index: z.int().min(1).max(limits.shards.value),
        total: z.int().min(1).max(limits.shards.value),
      })
      .refine((shard) => shard.index <= shard.total, 'must not have an index above its total')
      .nullish(),
    job: ref.nullish(),
    environment: text(limits.environmentLength.value).nullish(),
    startedAt: instant.nullish(),
    commitTime: instant.nullish(),
    parents: z.array(ref).max(limits.parents.value).nullish(),
    baseCommit: ref.nullish(),
    baseBranch: ref.nullish(),
    pullRequest: z.union([ref, z.int().min(0)]).nullish(),
    runUrl: httpUrl.nullish(),
    reporter: z.object({ name: text(100), version: text(100).nullish() }).nullish(),
    tags: z.array(text(100)).max(limits.tags.value).nullish(),
    summary: summarySchema,
    cases: z
      .array(caseSchema)
      .nullish()
      .describe('The first 10,000 are stored; the summary counts all'),
  })
  .meta({ id: 'TestRun' });

type TestRunBody = z.infer<typeof testRunSchema>;
type CaseBody = z.infer<typeof caseSchema>;

export type ReadRun = { run: TestRun; warnings: Warning[] };

/**
 * Checks a parsed JSON body and makes it ours: texts cleaned, cut and redacted, times in ms,
 * absent fields null, the first 10,000 cases. Warnings name what was odd but acceptable.
 * Throws `invalid_body` with the path of the first fault. O(size of the body).
 */
export function readTestRun(body: unknown, nowMs: number): ReadRun {
  const notes = new Notes();
  const { body: kept, dropped } = limitCases(body);
  if (dropped > 0) {
    const max = limits.casesPerRun.value;
    notes.add('cases_dropped', `${dropped} cases beyond ${max} were not stored`, 'cases');
  }
  const parsed = checkBody(kept);
  const cases = CaseTable.of((parsed.cases ?? []).map((item, i) => toCase(item, i, notes)));
  return finishRun(parsed, cases, dropped, nowMs, notes);
}

/** The same for a body whose cases were read already, all but `dropped`; `head` has none. */
export function readHead(
  head: unknown,
  cases: CaseTable,
  nowMs: number,
  notes: Notes,
  dropped = 0,
): ReadRun {
  return finishRun(checkBody(head), cases, dropped, nowMs, notes);
}

function checkBody(body: unknown): TestRunBody {
  refuseKeyInBody(body);
  const parsed = testRunSchema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error, body);
  return parsed.data;
}

function finishRun(
  body: TestRunBody,
  cases: CaseTable,
  dropped: number,
  nowMs: number,
  notes: Notes,
): ReadRun {
  const run = toRun(body, cases, dropped, nowMs, notes);
  compareCounts(run, notes);
  return { run, warnings: notes.list() };
}

/** A key in the body would be kept in logs and proxies along the way: refused, never stored. */
function refuseKeyInBody(body: unknown): void {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return;
  for (const [field, value] of Object.entries(body)) {
    if (typeof value === 'string' && keyPattern.test(value) && value.trim().length === 42) {
      throw new AppError(
        'key_in_url',
        'the API key belongs in the header X-API-Key; make a new one',
        {
          path: /^\w{1,80}$/.test(field) ? field : undefined,
        },
      );
    }
  }
}

/** Cuts the list before zod walks it: what is dropped need not be valid. */
function limitCases(body: unknown): { body: unknown; dropped: number } {
  const cases = (body as { cases?: unknown } | null)?.cases;
  const max = limits.casesPerRun.value;
  if (!Array.isArray(cases) || cases.length <= max) return { body, dropped: 0 };
  return { body: { ...(body as object), cases: cases.slice(0, max) }, dropped: cases.length - max };
}

/** Warnings, one per code: the first place and how often. */
export class Notes {
  readonly #notes = new Map<string, { warning: Warning; times: number }>();

  /** Goes on from warnings that were listed elsewhere. */
  static of(warnings: readonly Warning[]): Notes {
    const notes = new Notes();
    for (const { code, message, path } of warnings) notes.add(code, message, path);
    return notes;
  }

  add(code: string, message: string, path?: string): void {
    const known = this.#notes.get(code);
    if (known === undefined) this.#notes.set(code, { warning: { code, message, path }, times: 1 });
    else known.times++;
  }

  list(): Warning[] {
    return [...this.#notes.values()].map(({ warning, times }) =>
      times === 1 ? warning : { ...warning, message: `${warning.message} (${times} times)` },
    );
  }
}

function toRun(
  body: TestRunBody,
  cases: CaseTable,
  casesDropped: number,
  nowMs: number,
  notes: Notes,
): TestRun {
  const { summary } = body;
  return {
    repo: body.repo,
    commit: tidy(body.commit),
    branch: tidy(body.branch),
    framework: body.framework ?? null,
    ciProvider: body.ciProvider ?? null,
    runKey: tidy(body.runKey),
    runAttempt: body.runAttempt ?? null,
    shard: body.shard ?? null,
    job: tidy(body.job),
    environment: tidy(body.environment),
    startedAtMs: readStart(body.startedAt, nowMs, notes),
    commitTimeMs: readInstant(body.commitTime),
    parents: (body.parents ?? []).map(tidyName),
    baseCommit: tidy(body.baseCommit),
    baseBranch: tidy(body.baseBranch),
    pullRequest: tidy(body.pullRequest == null ? null : String(body.pullRequest)),
    runUrl: body.runUrl == null ? null : redactSecrets(cleanText(body.runUrl)),
    reporter: body.reporter
      ? { name: tidyName(body.reporter.name), version: tidy(body.reporter.version) }
      : null,
    tags: (body.tags ?? []).map(tidyName),
    summary: {
      total: summary.total,
      passed: summary.passed,
      failed: summary.failed,
      skipped: summary.skipped ?? 0,
      flaky: summary.flaky ?? 0,
      durationMs: round(summary.durationMs),
    },
    cases,
    casesDropped,
  };
}

/** One checked case; `i` is its index, for warnings. Throws `invalid_body` for an empty name. */
export function toCase(item: CaseBody, i: number, notes: Notes): Case {
  const name = cutName(tidyName(item.name), limits.nameLength.value);
  if (name === '') {
    const path = `cases[${i}].name`;
    throw new AppError('invalid_body', `${path} must not be empty`, { path });
  }
  if (item.attempts === 0) {
    notes.add('attempts_zero', 'attempts of 0 was read as 1', `cases[${i}].attempts`);
  }
  const file = tidy(item.file);
  const className = tidy(item.className);
  return {
    suite: cutName(tidy(item.suite) ?? className ?? file ?? '', limits.nameLength.value),
    name,
    status: item.status,
    durationMs: round(item.durationMs),
    attempts: Math.max(1, item.attempts ?? 1),
    errorMessage: keepText(item.errorMessage),
    stack: keepText(item.stack),
    file: file === null ? null : cutName(file, limits.nameLength.value),
    line: item.line ?? null,
    className: className === null ? null : cutName(className, limits.nameLength.value),
    id: tidy(item.id),
    startedAtMs: readInstant(item.startedAt),
  };
}

function tidy(value: string | null | undefined): string | null {
  if (value == null) return null;
  const tidied = tidyName(value);
  return tidied === '' ? null : tidied;
}

/**
 * Cleaned and redacted before the cut, with room to spare: a secret may straddle the cut.
 * `missing` characters more were left out by whoever read it.
 */
export function keepText(value: string | null | undefined, missing = 0): string | null {
  if (value == null || value === '') return null;
  const max = limits.messageBytes.value;
  const head = value.length > max * 2 ? value.slice(0, max * 2) : value;
  return cutText(redactSecrets(cleanText(head)), max, value.length + missing);
}

const round = (ms: number | null | undefined): number | null =>
  ms == null ? null : Math.round(ms);

const readInstant = (value: string | null | undefined): number | null =>
  value == null ? null : Date.parse(value);

function readStart(value: string | null | undefined, nowMs: number, notes: Notes): number | null {
  const at = readInstant(value);
  if (at === null) return null;
  const latest = nowMs + limits.startedAtFutureMs.value;
  const earliest = nowMs - limits.startedAtPastMs.value;
  if (at >= earliest && at <= latest) return at;
  notes.add(
    'started_at_clamped',
    'startedAt lies too far away and was moved to the nearest allowed time',
    'startedAt',
  );
  return at > latest ? latest : earliest;
}

function compareCounts(run: TestRun, notes: Notes): void {
  const { total, passed, failed, skipped, flaky } = run.summary;
  const sum = passed + failed + skipped;
  if (sum !== total && sum + flaky !== total) {
    notes.add('counts_differ', `passed + failed + skipped is ${sum}, total is ${total}`, 'summary');
  }
  const listed = run.cases.count + run.casesDropped;
  const failedCases = run.cases.countOf('failed');
  if (failedCases > failed) {
    notes.add(
      'failed_differs',
      `${failedCases} cases failed, summary.failed is ${failed}`,
      'summary.failed',
    );
  }
  if (listed > total) {
    notes.add(
      'more_cases_than_total',
      `${listed} cases were sent, summary.total is ${total}`,
      'summary.total',
    );
  }
}
