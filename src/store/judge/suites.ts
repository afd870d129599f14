import { grade as params } from '../../domain/analytics-params.ts';
import { falseRedOf } from '../../domain/false-red.ts';
import {
  demeritsOf,
  type Grade,
  type GradeInputs,
  letterOf,
  runSeverity,
  scoreOf,
  severityOf,
  slowdownOf,
} from '../../domain/grade.ts';
import { type Health, healths } from '../../domain/health.ts';
import { decayWeight, type UnitReader } from './unit-reader.ts';
import type { VariantRow } from './variants.ts';

/** What an interval of a score is made of. */
type Effective = { inputs: GradeInputs; effectiveRuns: number };

export type SuiteJudgement = {
  suite: string;
  tests: number;
  /** tests by their worst variant */
  states: Record<Health, number>;
  /** null: not enough data; the interval is made when it is read, since that costs most of all */
  grade: (Pick<Grade, 'score' | 'letter' | 'demerits'> & Effective) | null;
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

const rank = Object.fromEntries(healths.map((health, i) => [health, i])) as Record<Health, number>;
const noStates = () =>
  Object.fromEntries(healths.map((health) => [health, 0])) as Record<Health, number>;

function countsOf(members: readonly number[], rows: readonly VariantRow[]) {
  const states = noStates();
  let [tests, test, worst] = [0, -1, 'stable' as Health];
  // Members are in the order of their tests.
  for (const i of members) {
    const row = rows[i]!;
    if (row.test !== test) {
      if (tests++ > 0) states[worst]++;
      test = row.test;
      worst = row.health;
    } else if (rank[row.health] < rank[worst]) worst = row.health;
  }
  if (tests > 0) states[worst]++;
  return { tests, states };
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

const severityByMark = Float64Array.from({ length: 8 }, (_, mark) =>
  runSeverity({ failed: mark & FAILED, flaky: mark & FLAKED }),
);

/** ms by packed duration: a look-up costs less than an exponential per unit. */
const msOf = Float64Array.from({ length: 65_536 }, (_, packed) => 2 ** ((packed - 1) / 1024));

/** What the units of one suite add up to, per commit of the default branch; columns by rank. */
class CommitSums {
  readonly #reader: UnitReader;
  readonly #marks: Uint8Array;
  readonly #durations: Float64Array;
  readonly #timed: Uint32Array;
  /** of the default branch, by place in the columns */
  readonly #commitWeights: Float64Array;
  readonly #timesMs: Float64Array;
  /** place in the columns by commit number; -1: of a pull request */
  readonly #placeOf: Int32Array;
  #weight = 0;
  #severity = 0;

  constructor(reader: UnitReader) {
    this.#reader = reader;
    const commits = reader.state.order.sorted.length - reader.firstRank;
    this.#marks = new Uint8Array(commits);
    this.#durations = new Float64Array(commits);
    this.#timed = new Uint32Array(commits);
    this.#commitWeights = new Float64Array(commits);
    this.#timesMs = new Float64Array(commits);
    this.#placeOf = new Int32Array(reader.isPull.length).fill(-1);
    const newestMs = reader.state.order.sorted.at(-1)?.timeMs ?? 0;
    for (let at = 0; at < commits; at++) {
      const { no, timeMs, isPull } = reader.state.order.sorted[reader.firstRank + at]!;
      if (!isPull) this.#placeOf[no] = at;
      this.#commitWeights[at] = decayWeight(timeMs, newestMs, params.halfLifeMs);
      this.#timesMs[at] = timeMs;
    }
  }

  clear(): void {
    this.#marks.fill(0);
    this.#durations.fill(0);
    this.#timed.fill(0);
    this.#weight = 0;
    this.#severity = 0;
  }

  add(variant: number): void {
    const { ring, from } = this.#reader.look(variant);
    const { chunk, base, count } = ring;
    const { commits, failing, passing, durations } = chunk;
    const [marks, sums, timed] = [this.#marks, this.#durations, this.#timed];
    const [placeOf, commitWeights] = [this.#placeOf, this.#commitWeights];
    let [weights, severity] = [this.#weight, this.#severity];
    for (let i = base + from; i < base + count; i++) {
      const at = placeOf[commits[i]!]!;
      if (at < 0) continue;
      const weight = commitWeights[at]!;
      weights += weight;
      let mark = EXECUTED;
      if (failing[i]! > 0) {
        mark |= passing[i] === 0 ? FAILED : FLAKED;
        severity += weight * (passing[i] === 0 ? severityOf.failed : severityOf.flaky);
      }
      marks[at]! |= mark;
      const duration = durations[i]!;
      if (duration === 0) continue;
      sums[at]! += msOf[duration]!;
      timed[at]!++;
    }
    this.#weight = weights;
    this.#severity = severity;
  }

  grade(standing: number, variants: number): SuiteJudgement['grade'] {
    const [marks, weights, timesMs] = [this.#marks, this.#commitWeights, this.#timesMs];
    let [weight, squared, red, runs, first, last] = [0, 0, 0, 0, -1, -1];
    for (let at = 0; at < marks.length; at++) {
      const mark = marks[at]!;
      if (mark === 0) continue;
      const w = weights[at]!;
      weight += w;
      squared += w * w;
      if (mark !== EXECUTED) red += w * severityByMark[mark]!;
      runs++;
      if (first < 0) first = at;
      last = at;
    }
    const historyMs = runs === 0 ? 0 : timesMs[last]! - timesMs[first]!;
    const isEnough = runs >= params.minRuns && historyMs >= params.minHistoryMs;
    if (!isEnough || weight === 0) return null;
    const inputs = {
      standing,
      redRuns: red / weight,
      severity: this.#weight > 0 ? this.#severity / this.#weight : 0,
      skipped: 0,
      slowdown: slowdownOf([this.#wholeDurations(variants)]),
    };
    const score = scoreOf(inputs);
    const effectiveRuns = (weight * weight) / squared;
    return { score, letter: letterOf(score), demerits: demeritsOf(inputs), inputs, effectiveRuns };
  }

  /** Of the newest commits at which nearly all tests reported how long they took. */
  #wholeDurations(variants: number): number[] {
    const { recentRuns, earlierRuns } = params.slowdown;
    const durations: number[] = [];
    const most = recentRuns + earlierRuns;
    for (let at = this.#marks.length - 1; at >= 0 && durations.length < most; at--) {
      if (this.#marks[at] === 0) continue;
      if (this.#timed[at]! >= 0.9 * variants) durations.push(this.#durations[at]!);
    }
    return durations.reverse();
  }
}
