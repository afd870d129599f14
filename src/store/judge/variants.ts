import { flakiness, newFailure, storm } from '../../domain/analytics-params.ts';
import { attemptsAllowedBy, finalFailure, lnQuiet } from '../../domain/false-red.ts';
import { type FlakeTrend, flakeTrendOf, windowsOf } from '../../domain/flake-trend.ts';
import {
  flakeRate,
  flakyProbability,
  flakyShareOf,
  judgedBy,
  type WeighedVariant,
  weighVariant,
} from '../../domain/flakiness.ts';
import { isStanding } from '../../domain/grade.ts';
import type { Health } from '../../domain/health.ts';
import { medianInPlace } from '../../domain/median.ts';
import { alarmOf, isCalm, onsetOf } from '../../domain/new-failure.ts';
import { breakageAt, filterUnits, goodEvidence, pullBreakageAt } from '../../domain/two-state.ts';
import type { Units } from '../../domain/units.ts';
import { partKeys, type Since } from './incident-book.ts';
import { type IncreaseNews, increasesOf } from './increases.ts';
import { RELEASED } from './repo-state.ts';
import { lnDuration } from './rings.ts';
import type { Breakages, UnitReader } from './unit-reader.ts';

export const trends = ['steady', 'up', 'down'] as const satisfies readonly FlakeTrend[];

/** One variant at the newest unit. */
export type VariantRow = {
  test: number;
  cell: number;
  health: Health;
  trend: FlakeTrend;
  /** P(flaky), and the rate by which it adds to false reds */
  flaky: number;
  rate: number;
  broken: number;
  /** decayed attempts in the good state */
  failing: number;
  passing: number;
  /** units looked at, and those in which something failed */
  runs: number;
  failures: number;
  /** of the newest passing results; null: none reported a duration */
  medianMs: number | null;
  /** order time of the newest unit that failed */
  lastFailedMs: number | null;
  isStanding: boolean;
  /** ln P(no false red of it at a commit) */
  quiet: number;
  /** whether its first unit is its first ever, and not the oldest that was looked at */
  isWhole: boolean;
  /** place of the first commit that is looked at; 0 where nothing is forgotten, or nothing failed */
  knownFrom: number;
};

/** What a variant says at one commit of the default branch, where that may matter for incidents. */
export type Signal = {
  variant: number;
  commit: number;
  /** whether something passed and P(broken) is low */
  isCalm: boolean;
  /** P(alert is false); null: no reason for an alert */
  risk: number | null;
  /** commits of the last surely good unit (-1: none) and the first bad one; null without alert */
  onset: { lastGood: number; firstBad: number } | null;
};

/** All variants of a repo, as judged together. */
export type JudgedVariants = {
  rows: VariantRow[];
  share: number;
  breakages: Breakages;
  /** tests beyond the expected that began to fail, like `breakages` */
  excess: Float64Array;
  /** in the order of variants, then commits; from `fromPlace` on */
  signals: Signal[];
  increases: IncreaseNews[];
  /** units of the default branch without a pass on what looks like good code */
  falseReds: { variant: number; commit: number }[];
};

/** Units that are looked at between two looks at the clock. */
const sliceUnits = 2000;

/** `order`: all variants, by test, then cell. Judges them; yields now and then, so that the caller can do other things in between. */
export function* judgeVariants(
  reader: UnitReader,
  order: readonly number[],
  { fromPlace, isWatched }: Since,
): Generator<void, JudgedVariants, void> {
  const { breakages, excess } = yield* startsOf(reader, order);
  const good = new Float64Array(reader.units.capacity);
  const judged: JudgedVariants = {
    rows: [],
    share: 0,
    breakages,
    excess,
    signals: [],
    increases: [],
    falseReds: [],
  };
  const weighed: (WeighedVariant | null)[] = [];
  const first = new Float64Array(order.length);
  let looked = 0;
  for (const [i, variant] of order.entries()) {
    const found = lookAt(reader, variant, breakages, good);
    judged.rows.push(found.row);
    weighed.push(found.weighed);
    first[i] = found.row.flaky;
    if (found.weighed !== null) {
      const { test, cell } = found.row;
      // Whether the code is good cannot be told by a test that never passed on any.
      if (!found.weighed.neverPassed) judged.falseReds.push(...falseRedsOf(reader, variant, good));
      const watched = isWatched(partKeys.flakiness(test, cell));
      judged.increases.push(...increasesOf(reader, variant, good, fromPlace, watched));
      const isOpen = isWatched(partKeys.variant(test, cell));
      judged.signals.push(...signalsOf(reader, variant, good, fromPlace, isOpen));
      looked += 4 * found.row.runs;
    }
    looked += 20;
    if (looked > sliceUnits) {
      looked = 0;
      yield;
    }
  }
  judged.share = flakyShareOf(first);
  yield;
  judgeByShare(reader, judged, weighed);
  return judged;
}

/** The share of flaky tests is the repo's own, which is known only after all were looked at. */
function judgeByShare(
  reader: UnitReader,
  { rows, share }: JudgedVariants,
  weighed: readonly (WeighedVariant | null)[],
): void {
  rows.forEach((row, i) => {
    const one = weighed[i]!;
    if (one === null) {
      row.flaky = cleanFlaky.of(row.passing, share);
      row.rate = flakeRate(row, row.flaky);
    } else {
      const { health, flaky, rate } = judgedBy(one, share);
      Object.assign(row, { health, flaky, rate });
      if (flaky < flakiness.suspect) row.trend = 'steady';
    }
    row.quiet = quietOf(reader, row);
  });
}

/** How many tests began to fail at each commit of each cell, against how many would by flaking. */
function* startsOf(reader: UnitReader, order: readonly number[]) {
  const { state, commits } = reader;
  const { ranks, sorted } = state.order;
  const cells = Math.max(1, state.cells.length);
  const began = new Float64Array(sorted.length * cells);
  const expected = new Float64Array(sorted.length * cells);
  let looked = 0;
  for (const variant of order) {
    if (state.rings.troubledOf(variant) === 0) continue;
    const units = reader.read(variant, null);
    const cell = state.cellOf[variant]!;
    const attempts = attemptsAllowedBy(state.cells[cell]!);
    filterUnits(units);
    let [passedBefore, hasFailed] = [false, false];
    for (let i = 0; i < units.count; i++) {
      const isPull = units.isPull[i] === 1;
      if (isPull || passedBefore) {
        const at = ranks[commits[i]!]! * cells + cell;
        if (units.passing[i] === 0) began[at]!++;
        if (hasFailed) expected[at]! += finalFailure(units.rateBefore[i]!, attempts);
      }
      if (units.failing[i]! > 0) hasFailed = true;
      if (!isPull) passedBefore = units.passing[i]! > 0;
    }
    looked += units.count;
    if (looked > sliceUnits) {
      looked = 0;
      yield;
    }
  }
  const values = new Float64Array(began.length);
  for (let rank = reader.firstRank; rank < sorted.length; rank++) {
    const { isPull } = sorted[rank]!;
    for (let cell = 0; cell < cells; cell++) {
      const at = rank * cells + cell;
      values[at] = (isPull ? pullBreakageAt : breakageAt)(began[at]!, expected[at]!);
    }
    if (rank % 1024 === 1023) yield;
  }
  for (let i = state.defaults.length - 1; i >= 0; i--) {
    const { commit, cell, storm: mark } = state.defaults[i]!;
    if (commit.rank < reader.firstRank) break;
    const at = commit.rank * cells + cell;
    if (mark === RELEASED) values[at] = Math.max(values[at]!, storm.releasedBreakage);
  }
  const excess = new Float64Array(began.length);
  for (let at = reader.firstRank * cells; at < began.length; at++) {
    excess[at] = Math.max(0, began[at]! - expected[at]!);
  }
  return { breakages: { values, cells }, excess };
}

type Look = { row: VariantRow; weighed: WeighedVariant | null };

/** `weighed` null: it never failed within its units. */
function lookAt(
  reader: UnitReader,
  variant: number,
  breakages: Breakages,
  good: Float64Array,
): Look {
  const { state } = reader;
  const common = { test: state.testOf[variant]!, cell: state.cellOf[variant]! };
  if (state.rings.troubledOf(variant) === 0) {
    return { row: { ...common, ...cleanRow(reader, variant) }, weighed: null };
  }
  const units = reader.read(variant, breakages);
  const weighed = weighVariant(units, good);
  const { health, flaky, rate } = judgedBy(weighed);
  const row: VariantRow = {
    ...common,
    health,
    trend: flaky < flakiness.suspect / 2 ? 'steady' : flakeTrendOf(windowsOf(units, good)),
    flaky,
    rate,
    broken: weighed.broken,
    ...weighed.evidence,
    runs: units.count,
    ...failuresOf(reader),
    medianMs: medianOf(reader, variant),
    isStanding: standsStill(units),
    quiet: 0,
    isWhole: units.isWhole,
    knownFrom: units.isWhole ? 0 : firstPlace(reader),
  };
  return { row, weighed };
}

/** Of the first unit of the default branch. */
function firstPlace({ units, commits, places }: UnitReader): number {
  for (let i = 0; i < units.count; i++) if (units.isPull[i] === 0) return places[commits[i]!]!;
  return 0;
}

function failuresOf({ units, commits, timesMs }: UnitReader) {
  let [failures, lastFailedMs]: [number, number | null] = [0, null];
  for (let i = 0; i < units.count; i++) {
    if (units.failing[i] === 0) continue;
    failures++;
    lastFailedMs = timesMs[commits[i]!]!;
  }
  return { failures, lastFailedMs };
}

/** A variant that never failed within its units: what is expected of it has a closed form. */
function cleanRow(reader: UnitReader, variant: number): Omit<VariantRow, 'test' | 'cell'> {
  const { count, isWhole, passing } = reader.readClean(variant);
  return {
    health: isWhole && count < flakiness.newUnits ? 'new' : 'stable',
    trend: 'steady',
    flaky: cleanFlaky.of(passing, flakiness.flakyShare),
    rate: 0,
    broken: 0,
    failing: 0,
    passing,
    runs: count,
    failures: 0,
    medianMs: medianOf(reader, variant),
    lastFailedMs: null,
    isStanding: false,
    quiet: 0,
    isWhole,
    knownFrom: 0,
  };
}

/** P(flaky) of tests that only ever passed: those that ran together share it. */
class CleanFlaky {
  #share = -1;
  readonly #known = new Map<number, number>();

  of(passing: number, share: number): number {
    if (share !== this.#share || this.#known.size > 100_000) this.#known.clear();
    this.#share = share;
    let flaky = this.#known.get(passing);
    if (flaky === undefined) {
      flaky = flakyProbability({ failing: 0, passing }, share);
      this.#known.set(passing, flaky);
    }
    return flaky;
  }
}

const cleanFlaky = new CleanFlaky();

const quietOf = ({ state }: UnitReader, { rate, cell }: VariantRow): number =>
  lnQuiet(finalFailure(rate, attemptsAllowedBy(state.cells[cell]!)));

/** Units without a pass on what looks like good code; `good` as the batch left it. */
function falseRedsOf({ units, commits }: UnitReader, variant: number, good: Float64Array) {
  const found: JudgedVariants['falseReds'] = [];
  for (let i = 0; i < units.count; i++) {
    const isRed = units.isPull[i] === 0 && units.failing[i]! > 0 && units.passing[i] === 0;
    if (isRed && good[i]! >= 0.5) found.push({ variant, commit: commits[i]! });
  }
  return found;
}

/** Whether the last two units of the default branch have no pass. */
function standsStill({ count, isPull, passing }: Units): boolean {
  const last: number[] = [];
  for (let i = count - 1; i >= 0 && last.length < 2; i--) {
    if (isPull[i] === 0) last.push(passing[i]!);
  }
  return isStanding(last);
}

/**
 * `units` of the reader hold the variant, and what the filter said of those that failed. From the first alert on, or from the first unit where it is
 * watched, all units are told of, so that it is seen when it is over. Mostly there is nothing to tell.
 */
function signalsOf(
  reader: UnitReader,
  variant: number,
  good: Float64Array,
  fromPlace: number,
  isWatched: boolean,
): Signal[] {
  const { units, commits, places } = reader;
  const { count } = units;
  if (isWatched && units.isClean()) filterUnits(units);
  const signals: Signal[] = [];
  let row = 0;
  for (let i = 0; i < count; i++) {
    if (units.isPull[i] === 1) continue;
    const [failing, passing] = [units.failing[i]!, units.passing[i]!];
    const broken = units.brokenAfter[i]!;
    row = failing > 0 && passing === 0 ? row + 1 : 0;
    const commit = commits[i]!;
    if (places[commit]! < fromPlace) continue;
    const alert =
      failing > 0 && mayConfirm(broken, row) ? alertAt(reader, i, broken, good) : noAlert;
    if (!isWatched && signals.length === 0 && alert.risk === null) continue;
    signals.push({ variant, commit, isCalm: isCalm(broken, passing), ...alert });
  }
  units.count = count;
  return signals;
}

/** What every confirmed alert has, found out cheaply. */
const mayConfirm = (broken: number, row: number): boolean =>
  broken >= newFailure.confirmed ||
  (row >= newFailure.shortHistory.inARow && broken >= newFailure.shortHistory.broken);

const noAlert = { risk: null, onset: null };

/** Whether unit `i` is reason for an alert, by the units up to it. */
function alertAt(
  { units, commits, places }: UnitReader,
  i: number,
  broken: number,
  good: Float64Array,
): Pick<Signal, 'risk' | 'onset'> {
  units.count = i + 1;
  const row = units.failingRow();
  const before = goodEvidence(units, good, row.from);
  const { level, risk } = alarmOf({
    broken,
    flaky: flakyProbability(before, flakiness.flakyShare),
    failingInARow: row.length,
    units: units.defaultUnits(),
    commits: places[commits[i]!]! + 1,
  });
  if (level !== 'confirmed') return noAlert;
  goodEvidence(units, good);
  const onset = onsetOf(units, good);
  if (onset === null) return { risk, onset: { lastGood: -1, firstBad: commits[i]! } };
  const lastGood = onset.lastGood < 0 ? -1 : commits[onset.lastGood]!;
  return { risk, onset: { lastGood, firstBad: commits[onset.firstBad]! } };
}

export const medianUnits = 31;
const few = new Float64Array(medianUnits);

/** Median of the newest passing results that reported a duration, ms. */
function medianOf(reader: UnitReader, variant: number): number | null {
  const { ring } = reader.look(variant);
  const { durations } = ring.chunk;
  let n = 0;
  for (let i = ring.base + ring.count - 1; i >= ring.base && n < medianUnits; i--) {
    if (durations[i]! > 0) few[n++] = durations[i]!;
  }
  if (n === 0) return null;
  return Math.round(10 * Math.exp(lnDuration(medianInPlace(few, n)))) / 10;
}
