import { grade as params } from '../../domain/analytics-params.ts';
import { falseRedOf } from '../../domain/false-red.ts';
import { type Grade, gradeOf, runSeverity, severityOf, slowdownOf } from '../../domain/grade.ts';
import { type Health, healths } from '../../domain/health.ts';
import type { UnitReader } from './unit-reader.ts';
import type { VariantRow } from './variants.ts';

export type SuiteJudgement = {
  suite: string;
  tests: number;
  /** tests by their worst variant */
  states: Record<Health, number>;
  /** null: not enough data */
  grade: Pick<Grade, 'score' | 'letter' | 'demerits' | 'interval'> | null;
  /** P(a commit on good code makes it red) */
  falseRed: number;
  /** sum over its tests of their median durations; null: none reported one */
  durationMs: number | null;
};

/**
 * The suites of a repo, by name. Units of commits stand for runs: a commit is red for a suite where
 * one of its tests had no pass, flaky where one failed and passed. Skips are not counted here.
 */
export function* judgeSuites(
  reader: UnitReader,
  order: readonly number[],
  rows: readonly VariantRow[],
  suiteOf: (test: number) => string,
): Generator<void, SuiteJudgement[], void> {
  const bySuite = new Map<string, number[]>();
  rows.forEach(({ test }, i) => {
    const suite = suiteOf(test);
    const list = bySuite.get(suite);
    if (list === undefined) bySuite.set(suite, [i]);
    else list.push(i);
  });
  const sums = new CommitSums(reader);
  const suites: SuiteJudgement[] = [];
  let looked = 0;
  for (const suite of [...bySuite.keys()].sort()) {
    const members = bySuite.get(suite)!;
    sums.clear();
    for (const i of members) sums.add(order[i]!);
    suites.push({ suite, ...countsOf(members, rows), ...judged(members, rows, sums) });
    looked += members.length;
    if (looked > 200) {
      looked = 0;
      yield;
    }
  }
  return suites;
}

function countsOf(members: readonly number[], rows: readonly VariantRow[]) {
  const worst = new Map<number, number>();
  for (const i of members) {
    const { test, health } = rows[i]!;
    worst.set(test, Math.min(worst.get(test) ?? healths.length, healths.indexOf(health)));
  }
  const states = Object.fromEntries(healths.map((health) => [health, 0]));
  for (const health of worst.values()) states[healths[health]!]!++;
  return { tests: worst.size, states: states as SuiteJudgement['states'] };
}

function judged(
  members: readonly number[],
  rows: readonly VariantRow[],
  sums: CommitSums,
): Pick<SuiteJudgement, 'grade' | 'falseRed' | 'durationMs'> {
  const standing = new Set<number>();
  let [quiet, durationMs, timed] = [0, 0, 0];
  for (const i of members) {
    const row = rows[i]!;
    if (row.isStanding) standing.add(row.test);
    quiet += row.quiet;
    if (row.medianMs === null) continue;
    durationMs += row.medianMs;
    timed++;
  }
  return {
    grade: sums.grade(standing.size, members.length),
    falseRed: falseRedOf(quiet),
    durationMs: timed === 0 ? null : Math.round(10 * durationMs) / 10,
  };
}

const EXECUTED = 1;
const FLAKED = 2;
const FAILED = 4;

/** ms by packed duration: a look-up costs less than an exponential per unit. */
const msOf = Float64Array.from({ length: 65_536 }, (_, packed) => 2 ** ((packed - 1) / 1024));

/** What the units of one suite add up to, per commit of the default branch. */
class CommitSums {
  readonly #reader: UnitReader;
  readonly #marks: Uint8Array;
  readonly #durations: Float64Array;
  readonly #timed: Uint32Array;
  #weight = 0;
  #severity = 0;

  constructor(reader: UnitReader) {
    this.#reader = reader;
    const commits = reader.isPull.length;
    this.#marks = new Uint8Array(commits);
    this.#durations = new Float64Array(commits);
    this.#timed = new Uint32Array(commits);
  }

  clear(): void {
    this.#marks.fill(0);
    this.#durations.fill(0);
    this.#timed.fill(0);
    this.#weight = 0;
    this.#severity = 0;
  }

  add(variant: number): void {
    const { isPull, gradeWeights } = this.#reader;
    const { ring, from } = this.#reader.look(variant);
    const { chunk, base, count } = ring;
    const { commits, failing, passing, durations } = chunk;
    for (let i = base + from; i < base + count; i++) {
      const commit = commits[i]!;
      if (isPull[commit] === 1) continue;
      const weight = gradeWeights[commit]!;
      this.#weight += weight;
      let mark = EXECUTED;
      if (failing[i]! > 0) {
        mark |= passing[i] === 0 ? FAILED : FLAKED;
        this.#severity += weight * (passing[i] === 0 ? severityOf.failed : severityOf.flaky);
      }
      this.#marks[commit]! |= mark;
      if (durations[i]! === 0) continue;
      this.#durations[commit]! += msOf[durations[i]!]!;
      this.#timed[commit]!++;
    }
  }

  grade(standing: number, variants: number): SuiteJudgement['grade'] {
    const { gradeWeights, state } = this.#reader;
    let [runs, weight, squared, red, firstMs, lastMs] = [0, 0, 0, 0, Infinity, -Infinity];
    for (const { no, timeMs } of state.order.sorted) {
      const mark = this.#marks[no]!;
      if (mark === 0) continue;
      const w = gradeWeights[no]!;
      runs++;
      weight += w;
      squared += w * w;
      red += w * runSeverity({ failed: mark & FAILED, flaky: mark & FLAKED });
      firstMs = Math.min(firstMs, timeMs);
      lastMs = Math.max(lastMs, timeMs);
    }
    if (runs === 0 || weight === 0) return null;
    return gradeOf(
      {
        standing,
        redRuns: red / weight,
        severity: this.#weight > 0 ? this.#severity / this.#weight : 0,
        skipped: 0,
        slowdown: slowdownOf([this.#wholeDurations(variants)]),
      },
      { runs, historyMs: lastMs - firstMs, effectiveRuns: (weight * weight) / squared },
    );
  }

  /** Of the commits at which nearly all tests reported how long they took. */
  #wholeDurations(variants: number): number[] {
    const { recentRuns, earlierRuns } = params.slowdown;
    const durations: number[] = [];
    const { sorted } = this.#reader.state.order;
    for (let rank = sorted.length - 1; rank >= 0; rank--) {
      const { no } = sorted[rank]!;
      if (this.#timed[no]! >= 0.9 * variants) durations.push(this.#durations[no]!);
      if (durations.length === recentRuns + earlierRuns) break;
    }
    return durations.reverse();
  }
}
