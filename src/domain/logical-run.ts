import type { Summary } from './model.ts';

/**
 * What a person calls a run, folded out of its uploads (docs/decisions/002).
 *
 * Inside one attempt shards and overlaps merge per test: worst status, attempts summed, longest
 * duration. Between attempts the last one that executed a test tells its outcome, and an earlier
 * failure or flake of a test that passes now makes it flaky. Every step is a function of the set
 * of uploads, so uploads may arrive in any order.
 */
export type UploadFacts = {
  attempt: number;
  /** null: unsharded */
  shardIndex: number | null;
  summary: Summary;
  /** test numbers of the stored cases, in order; the other columns run beside it */
  tests: ArrayLike<number>;
  statuses: ArrayLike<number>;
  /** -1 where not reported */
  durations: ArrayLike<number>;
  attempts: ArrayLike<number>;
};

export const PASSED = 0;
export const FAILED = 1;
export const SKIPPED = 2;
export const FLAKY = 3;

/** skipped < passed < flaky < failed */
const badness = [1, 3, 0, 2];
export const worst = (a: number, b: number): number => (badness[a]! >= badness[b]! ? a : b);

/** One test in one run. `perAttempt` is sorted by attempt. */
export type TestResult = {
  status: number;
  durationMs: number;
  attempts: number;
  perAttempt: { attempt: number; status: number; durationMs: number; attempts: number }[];
};

type Counts = Omit<Summary, 'durationMs'>;

/** Counts of what an attempt reported beyond the cases it listed. */
type Unlisted = Summary & { uploads: number };

export class RunState {
  readonly tests = new Map<number, TestResult>();
  readonly #unlisted = new Map<number, Unlisted>();
  readonly #durations = new Map<number, number | null>();
  readonly #shards = new Map<number, Set<number>>();
  readonly #listed = [0, 0, 0, 0];
  uploads = 0;
  /** whether some test occurs twice, in two uploads or by its explicit id in one */
  overlaps = false;

  /** Adds one upload. O(cases of the upload). */
  add(upload: UploadFacts): void {
    this.uploads++;
    const own = [0, 0, 0, 0];
    for (let i = 0; i < upload.tests.length; i++) {
      const test = upload.tests[i]!;
      own[upload.statuses[i]!]!++;
      const known = this.tests.get(test);
      if (known === undefined) this.#insert(test, upload, i);
      else {
        this.overlaps = true;
        this.#update(known, upload, i);
      }
    }
    this.#addUnlisted(upload, own);
    const shards = this.#shards.get(upload.attempt) ?? new Set();
    if (upload.shardIndex !== null) shards.add(upload.shardIndex);
    this.#shards.set(upload.attempt, shards);
    const before = this.#durations.get(upload.attempt) ?? null;
    const here = upload.summary.durationMs;
    this.#durations.set(upload.attempt, here === null ? before : (before ?? 0) + here);
  }

  /**
   * The attempt that an upload which names none belongs to: the lowest that holds neither one of
   * its tests nor its shard. An upload without cases and without a shard shows nothing that would
   * tell it from a repetition, so it opens the next attempt.
   */
  freeAttempt(tests: ArrayLike<number>, shardIndex: number | null): number {
    if (tests.length === 0 && shardIndex === null) return this.lastAttempt + 1;
    const taken = new Set<number>();
    for (let i = 0; i < tests.length; i++) {
      const known = this.tests.get(tests[i]!);
      if (known !== undefined) for (const { attempt } of known.perAttempt) taken.add(attempt);
    }
    for (const [attempt, shards] of this.#shards) {
      if (shardIndex !== null && shards.has(shardIndex)) taken.add(attempt);
    }
    let attempt = 1;
    while (taken.has(attempt)) attempt++;
    return attempt;
  }

  get lastAttempt(): number {
    return Math.max(1, ...this.#durations.keys());
  }

  /** The run's summary; the duration is the sum over its attempts of what their uploads reported. */
  summary(): Summary {
    const rest = this.#unlistedOfRun();
    const known = [...this.#durations.values()].filter((ms) => ms !== null);
    return {
      total: this.#listed.reduce((sum, n) => sum + n, 0) + rest.total,
      passed: this.#listed[PASSED]! + rest.passed,
      failed: this.#listed[FAILED]! + rest.failed,
      skipped: this.#listed[SKIPPED]! + rest.skipped,
      flaky: this.#listed[FLAKY]! + rest.flaky,
      durationMs: known.length === 0 ? null : known.reduce((sum, ms) => sum + ms, 0),
    };
  }

  #insert(test: number, upload: UploadFacts, i: number): void {
    const entry = {
      attempt: upload.attempt,
      status: upload.statuses[i]!,
      durationMs: upload.durations[i]!,
      attempts: upload.attempts[i]!,
    };
    this.tests.set(test, { ...entry, perAttempt: [entry] });
    this.#listed[entry.status]!++;
  }

  #update(known: TestResult, upload: UploadFacts, i: number): void {
    this.#listed[known.status]!--;
    mergeInto(known.perAttempt, {
      attempt: upload.attempt,
      status: upload.statuses[i]!,
      durationMs: upload.durations[i]!,
      attempts: upload.attempts[i]!,
    });
    const last = known.perAttempt.at(-1)!;
    const troubled = known.perAttempt.some((a) => a.status === FAILED || a.status === FLAKY);
    known.status = last.status === PASSED && troubled ? FLAKY : last.status;
    known.durationMs = last.durationMs;
    known.attempts = known.perAttempt.reduce((sum, a) => sum + a.attempts, 0);
    this.#listed[known.status]!++;
  }

  #addUnlisted({ attempt, summary }: UploadFacts, own: number[]): void {
    const before = this.#unlisted.get(attempt) ?? noUnlisted();
    const beyond = unlistedOf(summary, own);
    before.total += beyond.total;
    before.failed += beyond.failed;
    before.flaky += beyond.flaky;
    before.skipped += beyond.skipped;
    before.passed += beyond.passed;
    before.uploads++;
    this.#unlisted.set(attempt, before);
  }

  /** Without cases nothing says which tests an attempt repeated: the last one with counts stands. */
  #unlistedOfRun(): Unlisted {
    const attempts = [...this.#unlisted].filter(([, u]) => u.total > 0).sort(([a], [b]) => a - b);
    const last = attempts.at(-1)?.[1];
    if (last === undefined) return noUnlisted();
    const failedBefore = Math.max(0, ...attempts.slice(0, -1).map(([, u]) => u.failed));
    const healed = Math.min(last.passed, Math.max(0, failedBefore - last.failed));
    return { ...last, passed: last.passed - healed, flaky: last.flaky + healed };
  }
}

/**
 * What a summary counts beyond the listed cases, `own` of each status; one below them counts as them.
 * In a summary `passed` may or may not include the flaky ones: they are taken out where they fit.
 */
export function unlistedOf(summary: Summary, own: readonly number[]): Counts {
  const beyond = (count: number, listed: number) => Math.max(0, count - listed);
  const listed = own.reduce((sum, n) => sum + n, 0);
  const total = beyond(summary.total, listed);
  const failed = Math.min(total, beyond(summary.failed, own[FAILED]!));
  const flaky = Math.min(total - failed, beyond(summary.flaky, own[FLAKY]!));
  const skipped = Math.min(total - failed - flaky, beyond(summary.skipped, own[SKIPPED]!));
  return { total, passed: total - failed - flaky - skipped, failed, skipped, flaky };
}

const noUnlisted = (): Unlisted => ({
  total: 0,
  passed: 0,
  failed: 0,
  skipped: 0,
  flaky: 0,
  durationMs: null,
  uploads: 0,
});

function mergeInto(
  perAttempt: TestResult['perAttempt'],
  entry: TestResult['perAttempt'][number],
): void {
  const same = perAttempt.find((known) => known.attempt === entry.attempt);
  if (same === undefined) {
    perAttempt.push(entry);
    perAttempt.sort((a, b) => a.attempt - b.attempt);
    return;
  }
  same.status = worst(same.status, entry.status);
  same.durationMs = Math.max(same.durationMs, entry.durationMs);
  same.attempts += entry.attempts;
}
