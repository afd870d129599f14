import { durations as params } from '../../domain/analytics-params.ts';
import type { DurationJudgement } from '../../domain/slow-downs.ts';
import type { Commit } from './commit-order.ts';
import { type DropNews, dropsOf } from './drops.ts';
import type { JudgedDurations } from './durations.ts';
import { type CommitNews, type IncidentPart, partKeys, type Since } from './incident-book.ts';
import { type IncreaseNews, isWorthTelling } from './increases.ts';
import { HELD_BACK } from './repo-state.ts';
import type { UnitReader } from './unit-reader.ts';
import type { JudgedVariants, Signal } from './variants.ts';

/** What the alerts need to know of tests. */
export type TestFacts = {
  suiteOf(test: number): string;
  clusterOf(test: number): string | null;
};

/** tests that a mass failure names at most */
const mostNamed = 200;
/** commits of the default branch in which drops are looked for */
const keptCommits = 448;
/** reds below which no suite is looked at */
const leastReds = 4;

/** What happened at each commit of the default branch from `fromPlace` on, in key order. Yields now and then. */
export function* newsOf(
  reader: UnitReader,
  judged: JudgedVariants,
  durations: readonly JudgedDurations[],
  tests: TestFacts,
  { fromPlace, isWatched }: Since,
): Generator<void, CommitNews[], void> {
  const news = new Map<number, CommitNews>();
  const at = (commit: number): CommitNews => {
    const known = news.get(commit);
    if (known !== undefined) return known;
    const fresh: CommitNews = {
      commit: reader.state.order.byNo[commit]!,
      alerts: [],
      seen: new Map(),
    };
    news.set(commit, fresh);
    return fresh;
  };
  for (const signal of judged.signals) takeSignal(at(signal.commit), signal, reader, judged, tests);
  yield;
  for (const one of judged.increases) takeIncrease(at(one.commit), one, reader, tests);
  takeStorms(at, reader, fromPlace);
  yield* takeDrops(at, reader, judged, tests, { fromPlace, isWatched });
  for (const one of durations) takeSlowDowns(at, reader, one, judged, tests, fromPlace);
  return [...news.values()].sort((a, b) => a.commit.rank - b.commit.rank);
}

function takeSignal(
  { alerts, seen }: CommitNews,
  { variant, commit, isCalm, risk, onset }: Signal,
  { state }: UnitReader,
  { breakages, excess }: JudgedVariants,
  { suiteOf, clusterOf }: TestFacts,
): void {
  const test = state.testOf[variant]!;
  const cell = state.cellOf[variant]!;
  const key = partKeys.variant(test, cell);
  seen.set(key, isCalm);
  if (risk === null || onset === null) return;
  const start = state.order.ranks[onset.firstBad]! * breakages.cells + cell;
  const part: IncidentPart = {
    key,
    tests: [test],
    cell,
    suite: suiteOf(test),
    cluster: clusterOf(test),
    ...onset,
    at: commit,
    startExcess: excess[start]!,
    risk,
    isCalm: false,
    isUrgent: true,
    evidence: { broken: 1 - risk },
  };
  alerts.push({ kind: 'new-failure', part });
}

type At = (commit: number) => CommitNews;

function takeIncrease(
  { alerts, seen }: CommitNews,
  { variant, commit, isCalm, increase }: IncreaseNews,
  { state }: UnitReader,
  { suiteOf, clusterOf }: TestFacts,
): void {
  const [test, cell] = [state.testOf[variant]!, state.cellOf[variant]!];
  const key = partKeys.flakiness(test, cell);
  seen.set(key, isCalm);
  if (increase === null) return;
  const { lastGood, firstBad, risk, ...evidence } = increase;
  const part: IncidentPart = {
    key,
    tests: [test],
    cell,
    suite: suiteOf(test),
    cluster: clusterOf(test),
    lastGood,
    firstBad,
    at: commit,
    startExcess: 0,
    risk,
    isCalm: false,
    isUrgent: isWorthTelling(increase.falseRedRise),
    evidence,
  };
  alerts.push({ kind: 'flakiness-increase', part });
}

/** Of the repo, and of those suites that dropped where the repo as a whole did not. */
function* takeDrops(
  at: At,
  reader: UnitReader,
  { falseReds, rows }: JudgedVariants,
  { suiteOf }: TestFacts,
  { fromPlace, isWatched }: Since,
): Generator<void, void, void> {
  const { state } = reader;
  const branch = state.order.sorted.filter(({ isPull }) => !isPull).slice(-keptCommits);
  const indexOf = new Map(branch.map(({ no }, i) => [no, i]));
  const whole = new Uint8Array(branch.length);
  const redBySuite = new Map<string, Uint8Array>();
  for (const { variant, commit } of falseReds) {
    const i = indexOf.get(commit);
    if (i === undefined) continue;
    whole[i] = 1;
    const suite = suiteOf(state.testOf[variant]!);
    const reds = redBySuite.get(suite) ?? new Uint8Array(branch.length);
    redBySuite.set(suite, reds);
    reds[i] = 1;
  }
  const knownFrom = memoryOf(rows, suiteOf);
  const startOf = (suite: string | null) => {
    const place = knownFrom.get(suite) ?? 0;
    const first = branch.findIndex((commit) => commit.place >= place);
    return first < 0 ? branch.length : first;
  };
  const repoNews = dropsOf({ branch, reds: whole, from: startOf(null) }, fromPlace);
  takeDrop(at, 'repo', '', repoNews);
  const told = new Set(repoNews.flatMap(({ commit, drop }) => (drop === null ? [] : [commit.no])));
  for (const suite of [...redBySuite.keys()].sort()) {
    const reds = redBySuite.get(suite)!;
    const key = `suite ${suite}`;
    if (sumOf(reds) < leastReds && !isWatched(key)) continue;
    yield;
    const news = dropsOf({ branch, reds, from: startOf(suite) }, fromPlace);
    for (const one of news) if (told.has(one.commit.no)) one.drop = null;
    // Hundreds of suites have a few reds each, and nothing to tell.
    if (!isWatched(key) && news.every(({ drop }) => drop === null)) continue;
    takeDrop(at, key, suite, news);
  }
}

/** By suite, and for null of the repo, the place from which on all that failed is remembered. */
function memoryOf(
  rows: JudgedVariants['rows'],
  suiteOf: TestFacts['suiteOf'],
): Map<string | null, number> {
  const places = new Map<string | null, number>();
  const atLeast = (suite: string | null, place: number) =>
    places.set(suite, Math.max(place, places.get(suite) ?? 0));
  for (const { test, failures, knownFrom } of rows) {
    if (failures === 0 || knownFrom === 0) continue;
    atLeast(null, knownFrom);
    atLeast(suiteOf(test), knownFrom);
  }
  return places;
}

const sumOf = (ones: Uint8Array): number => ones.reduce((sum, one) => sum + one, 0);

function takeDrop(at: At, key: string, suite: string, news: readonly DropNews[]): void {
  for (const { commit, isCalm, drop } of news) {
    const { alerts, seen } = at(commit.no);
    seen.set(key, isCalm);
    if (drop === null) continue;
    const part: IncidentPart = {
      key,
      tests: [],
      cell: null,
      suite,
      cluster: null,
      lastGood: drop.lastGood,
      firstBad: drop.firstBad,
      at: commit.no,
      startExcess: 0,
      risk: drop.risk,
      isCalm: false,
      isUrgent: true,
      evidence: { redsBefore: drop.before, redsAfter: drop.after },
    };
    alerts.push({ kind: 'pass-rate-drop', part });
  }
}

/** Slow-downs of tests, and of whole runs, of which one stands for all. */
function takeSlowDowns(
  at: At,
  { state }: UnitReader,
  { cell, commits, variants, wholeRuns, slowDowns }: JudgedDurations,
  { rows }: JudgedVariants,
  { suiteOf }: TestFacts,
  fromPlace: number,
): void {
  if (wholeRuns.length + slowDowns.length === 0) return;
  const runMs = rows.reduce((sum, row) => sum + (row.cell === cell ? (row.medianMs ?? 0) : 0), 0);
  for (const whole of wholeRuns) {
    const about = { key: `run ${cell}`, tests: [], suite: '', addedMs: (whole.ratio - 1) * runMs };
    takeSlow(at, commits, whole, { ...about, cell, runMs }, fromPlace);
  }
  for (const slow of slowDowns) {
    const test = state.testOf[variants[slow.variant]!]!;
    const about = { key: `duration ${test} ${cell}`, tests: [test], suite: suiteOf(test) };
    takeSlow(at, commits, slow, { ...about, addedMs: slow.addedMs, cell, runMs }, fromPlace);
  }
}

type Slow = DurationJudgement['wholeRuns'][number];
type Slowed = Pick<IncidentPart, 'key' | 'tests' | 'suite' | 'cell'> & {
  addedMs: number;
  runMs: number;
};

/** What lasts and was not told before is told at the first commit that may still open something. */
function takeSlow(
  at: At,
  commits: readonly Commit[],
  { place, toldPlace, endPlace, ratio, p }: Slow,
  { key, tests, suite, cell, addedMs, runMs }: Slowed,
  fromPlace: number,
): void {
  const firstOpen = commits.findIndex((commit) => commit.place >= fromPlace);
  if (firstOpen === -1) return;
  const told = commits[Math.max(toldPlace, firstOpen)]!;
  if (endPlace === null || endPlace > firstOpen) {
    const part: IncidentPart = {
      key,
      tests,
      cell,
      suite,
      cluster: null,
      lastGood: commits[place - 1]?.no ?? -1,
      firstBad: commits[place]!.no,
      at: told.no,
      startExcess: 0,
      risk: p,
      isCalm: false,
      isUrgent: addedMs >= params.alert.shareOfRun * runMs,
      evidence: { ratio, addedMs },
    };
    at(told.no).alerts.push({ kind: 'slow-down', part });
  }
  if (endPlace === null) return;
  for (const commit of commits.slice(Math.max(endPlace, firstOpen))) {
    at(commit.no).seen.set(key, true);
  }
}

/** A mass failure opens at its commit and is over when the same job runs without one. */
function takeStorms(at: At, reader: UnitReader, fromPlace: number) {
  for (const { no, runs } of reader.state.cells) {
    for (const { commit, storm, counts } of runs) {
      if (commit.isPull || commit.place < fromPlace) continue;
      const key = `cell ${no}`;
      if (storm !== HELD_BACK) {
        at(commit.no).seen.set(key, true);
        continue;
      }
      const { alerts, seen } = at(commit.no);
      seen.set(key, false);
      const part: IncidentPart = {
        key,
        tests: Array.from(counts.offenders.subarray(0, mostNamed), (offender) => offender >> 1),
        cell: no,
        suite: '',
        cluster: null,
        lastGood: -1,
        firstBad: commit.no,
        at: commit.no,
        startExcess: counts.failed + counts.flaky,
        risk: 0,
        isCalm: false,
        isUrgent: true,
        evidence: {
          troubled: counts.failed + counts.flaky,
          executed: counts.total - counts.skipped,
        },
      };
      alerts.push({ kind: 'mass-failure', part });
    }
  }
}
