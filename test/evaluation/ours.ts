import { tellable } from '../../src/domain/false-discovery.ts';
import {
  flakyShareOf,
  judgedBy,
  type VariantJudgement,
  weighVariant,
} from '../../src/domain/flakiness.ts';
import { alarmOf, headOf, isCalm, onsetOf } from '../../src/domain/new-failure.ts';
import type { Range } from '../../src/domain/overlap.ts';
import { goodEvidence } from '../../src/domain/two-state.ts';
import type { History } from './history.ts';
import type { Step } from './storm-filter.ts';
import { Tracks } from './tracks.ts';

/** A test told to be newly failing, when `place` was the newest commit. */
export type Alert = { test: number; place: number };

export type OwnAlert = Alert & {
  suspects: Range;
  /** place of the commit where it first failed */
  start: number;
  startExcess: number;
};

/** Flakiness of every test at the end of a history, with the repo's own share of flaky tests. */
export function judgeAll(tracks: Tracks): VariantJudgement[] {
  const good = new Float64Array(tracks.unitsOf(0).capacity);
  const tests = Array.from({ length: tracks.history.tests }, (_, test) => test);
  const weighed = tests.map((test) => weighVariant(tracks.unitsOf(test), good));
  const share = flakyShareOf(weighed.map((each) => judgedBy(each).flaky));
  return weighed.map((each) => judgedBy(each, share));
}

/** Takes in a whole history. */
export function tracksOf(history: History, steps: Step[], retryWeight?: number): Tracks {
  const tracks = new Tracks(history, retryWeight);
  for (const { commits } of steps) for (const commit of commits) tracks.take(commit);
  return tracks;
}

/** Alerts of new failures, commit by commit, each knowing what came before it only. */
export function newFailures(history: History, steps: Step[], retryWeight?: number): OwnAlert[] {
  const tracks = new Tracks(history, retryWeight);
  const open = new Set<number>();
  const excessAt = new Map<number, number>();
  const alerts: OwnAlert[] = [];
  const good = new Float64Array(tracks.unitsOf(0).capacity);
  for (const { now, commits } of steps) {
    const looked = new Set(open);
    for (const commit of commits) {
      const { failingTests, excess } = tracks.take(commit);
      if (commit.isPull || commit.runs.length === 0) continue;
      excessAt.set(commit.place, excess);
      for (const test of failingTests) looked.add(test);
    }
    if (commits.every(({ isPull }) => isPull)) continue;
    const wanted: { test: number; risk: number }[] = [];
    for (const test of looked) {
      const units = tracks.unitsOf(test);
      const head = headOf(units, good, tracks.defaultCommits);
      if (open.has(test)) {
        if (isCalm(head.broken, lastPassing(units))) open.delete(test);
        continue;
      }
      const { level, risk } = alarmOf(head);
      if (level === 'confirmed') wanted.push({ test, risk });
    }
    for (const i of tellable(wanted.map(({ risk }) => risk))) {
      const { test } = wanted[i]!;
      open.add(test);
      const { suspects, start } = whereItBegan(tracks, test, good, now);
      alerts.push({ test, place: now, suspects, start, startExcess: excessAt.get(start) ?? 0 });
    }
  }
  return alerts;
}

function lastPassing({ count, isPull, passing }: ReturnType<Tracks['unitsOf']>): number {
  for (let i = count - 1; i >= 0; i--) if (isPull[i] === 0) return passing[i]!;
  return 0;
}

/** Unit numbers turned back into places on the branch, by their gaps. */
function whereItBegan(tracks: Tracks, test: number, good: Float64Array, now: number) {
  const units = tracks.unitsOf(test);
  goodEvidence(units, good);
  const onset = onsetOf(units, good);
  if (onset === null) return { suspects: { from: now, to: now }, start: now };
  const places = new Array<number>(units.count);
  let place = now;
  for (let i = units.count - 1; i >= 0; i--) {
    places[i] = place;
    if (units.isPull[i] === 0) place -= units.gap[i]!;
  }
  const to = places[onset.firstBad]!;
  const from = onset.lastGood < 0 ? to : places[onset.lastGood]! + 1;
  return { suspects: { from: Math.min(from, to), to }, start: to };
}
