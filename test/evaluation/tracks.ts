import { evidence, flakiness, twoState } from '../../src/domain/analytics-params.ts';
import { CommitStart } from '../../src/domain/commit-start.ts';
import { addResult } from '../../src/domain/commit-unit.ts';
import { finalFailure } from '../../src/domain/false-red.ts';
import * as status from '../../src/domain/logical-run.ts';
import {
  advanceFilter,
  type FilterState,
  filterUnits,
  goodRate,
  newFilter,
  pullBreakageAt,
} from '../../src/domain/two-state.ts';
import { type Unit, Units } from '../../src/domain/units.ts';
import { FAILED, FLAKY, type History, NOT_RUN } from './history.ts';
import type { FilteredCommit } from './storm-filter.ts';

/** A default branch of eight commits a day; the evidence of a test halves in 30 days. */
const commitMs = 3 * 3_600_000;

/** Effective attempts of all tests at one commit. */
type CommitEvidence = { failing: Float64Array; passing: Float64Array };

/** Attempts as an API reports them: all were used where the test failed, two where it healed. */
function evidenceOf(runs: Uint8Array[], history: History, retryWeight: number): CommitEvidence {
  const failing = new Float64Array(history.tests);
  const passing = new Float64Array(history.tests);
  const unit = { failing: 0, passing: 0 };
  for (const run of runs) {
    for (let test = 0; test < run.length; test++) {
      const outcome = run[test]!;
      if (outcome === NOT_RUN) continue;
      if (outcome < FLAKY) {
        passing[test]!++;
        continue;
      }
      unit.failing = 0;
      unit.passing = 0;
      if (outcome === FAILED) addResult(unit, status.FAILED, history.retries + 1, retryWeight);
      else addResult(unit, status.FLAKY, 2, retryWeight);
      failing[test]! += unit.failing;
      passing[test]! += unit.passing;
    }
  }
  return { failing, passing };
}

type Taken = CommitEvidence & { isPull: boolean; place: number; breakage: number };

/** A test that failed at least once, unit by unit. */
type Track = {
  units: Units;
  /** the same units with the usual breakage everywhere, and the filter over them */
  usual: Units;
  usualFilter: FilterState;
  lastPlace: number;
  lastPassed: boolean;
};

/** What came of taking in a commit of the default branch. */
export type TakenCommit = {
  failingTests: number[];
  /** tests beyond the expected that began to fail here */
  excess: number;
};

/**
 * The units of all tests, commit by commit, as the judgement builds them. Tests that never failed
 * have no track: their units are all alike and are built when they first fail.
 */
export class Tracks {
  readonly history: History;
  private readonly retryWeight: number;
  private readonly taken: Taken[] = [];
  private readonly tracks = new Map<number, Track>();
  defaultCommits = 0;

  constructor(history: History, retryWeight = evidence.retryWeight) {
    this.history = history;
    this.retryWeight = retryWeight;
  }

  take(commit: FilteredCommit): TakenCommit {
    if (commit.runs.length === 0) return { failingTests: [], excess: 0 };
    const seen = evidenceOf(commit.runs, this.history, this.retryWeight);
    const failingTests: number[] = [];
    seen.failing.forEach((failing, test) => {
      if (failing > 0) failingTests.push(test);
    });
    for (const test of failingTests) {
      if (!this.tracks.has(test)) this.tracks.set(test, this.trackOf(test));
    }
    const { breakage, excess } = commit.isPull ? this.pullStart(seen) : this.start(seen, commit);
    if (!commit.isPull) this.defaultCommits++;
    const { isPull, place } = commit;
    const taken: Taken = { ...seen, isPull, place, breakage };
    this.taken.push(taken);
    for (const [test, track] of this.tracks) addUnit(track, taken, test);
    return { failingTests, excess };
  }

  /** Units of a test, the newest 256; of one that never failed built anew. */
  unitsOf(test: number): Units {
    return (this.tracks.get(test) ?? this.trackOf(test)).units;
  }

  private trackOf(test: number): Track {
    const track = {
      units: new Units(),
      usual: new Units(),
      usualFilter: newFilter(true),
      lastPlace: -1,
      lastPassed: false,
    };
    for (const taken of this.taken) addUnit(track, taken, test);
    return track;
  }

  private rateOf({ usual, usualFilter }: Track): number | null {
    if (usual.isClean()) return null;
    return finalFailure(goodRate(usualFilter), this.history.retries + 1, this.retryWeight);
  }

  private start(seen: CommitEvidence, { isReleased }: FilteredCommit) {
    const start = new CommitStart();
    for (const [test, track] of this.tracks) {
      start.add({
        failing: seen.failing[test]!,
        passing: seen.passing[test]!,
        passedBefore: track.lastPassed,
        rate: this.rateOf(track),
      });
    }
    const { breakage, excess } = start;
    return { breakage: isReleased ? Math.max(breakage, released) : breakage, excess };
  }

  private pullStart(seen: CommitEvidence) {
    let [failing, expected] = [0, 0];
    for (const [test, track] of this.tracks) {
      if (seen.failing[test]! + seen.passing[test]! === 0) continue;
      if (seen.passing[test] === 0) failing++;
      expected += this.rateOf(track) ?? 0;
    }
    return { breakage: pullBreakageAt(failing, expected), excess: 0 };
  }
}

const released = twoState.maxBreakage;

function addUnit(track: Track, taken: Taken, test: number): void {
  const failing = taken.failing[test]!;
  const passing = taken.passing[test]!;
  if (failing + passing === 0) return;
  const { isPull, place } = taken;
  const gap = track.lastPlace < 0 ? 1 : Math.max(1, place - track.lastPlace);
  const age = track.units.count === 0 ? 0 : Math.max(0, place - track.lastPlace) * commitMs;
  const unit: Unit = {
    failing,
    passing,
    gap: isPull ? 0 : gap,
    breakage: taken.breakage,
    keep: isPull ? 1 : 2 ** (-age / flakiness.halfLifeMs),
    isPull,
  };
  pushNewest(track.units, unit);
  const wasFull = track.usual.count === track.usual.capacity;
  const usual = isPull ? taken.breakage : twoState.breakage;
  pushNewest(track.usual, { ...unit, breakage: usual });
  if (wasFull) track.usualFilter = filterUnits(track.usual);
  else advanceFilter(track.usualFilter, track.usual, track.usual.count - 1);
  if (isPull) return;
  track.lastPlace = place;
  track.lastPassed = passing > 0;
}

/** Pushes, and drops the oldest where all places are taken. */
function pushNewest(units: Units, unit: Unit): void {
  if (units.count === units.capacity) {
    for (const column of [
      units.failing,
      units.passing,
      units.gap,
      units.breakage,
      units.keep,
      units.isPull,
    ]) {
      column.copyWithin(0, 1);
    }
    units.count--;
    units.isWhole = false;
  }
  units.push(unit);
}
