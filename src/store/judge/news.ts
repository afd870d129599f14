import type { CommitNews, IncidentPart } from './incident-book.ts';
import type { UnitReader } from './unit-reader.ts';
import type { JudgedVariants, Signal } from './variants.ts';

/** What the alerts need to know of tests. */
export type TestFacts = {
  suiteOf(test: number): string;
  clusterOf(test: number): string | null;
};

/** tests that a mass failure names at most */
const mostNamed = 200;

/** What happened at each commit of the default branch from `fromPlace` on, in key order. */
export function newsOf(
  reader: UnitReader,
  judged: JudgedVariants,
  tests: TestFacts,
  fromPlace: number,
): CommitNews[] {
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
  takeStorms(at, reader, fromPlace);
  return [...news.values()].sort((a, b) => a.commit.rank - b.commit.rank);
}

function takeSignal(
  { alerts, seen }: CommitNews,
  { variant, commit, broken, isCalm, risk, onset }: Signal,
  { state }: UnitReader,
  { breakages, excess }: JudgedVariants,
  { suiteOf, clusterOf }: TestFacts,
): void {
  const test = state.testOf[variant]!;
  const cell = state.cellOf[variant]!;
  const key = `variant ${test} ${cell}`;
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
    evidence: { broken },
  };
  alerts.push({ kind: 'new-failure', part });
}

/** A mass failure opens at its commit and is over when the same job runs without one. */
function takeStorms(at: (commit: number) => CommitNews, reader: UnitReader, fromPlace: number) {
  for (const { no, runs } of reader.state.cells) {
    for (const { commit, storm, counts } of runs) {
      if (commit.isPull || commit.place < fromPlace) continue;
      const key = `cell ${no}`;
      if (storm !== 1) {
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
        evidence: {
          troubled: counts.failed + counts.flaky,
          executed: counts.total - counts.skipped,
        },
      };
      alerts.push({ kind: 'mass-failure', part });
    }
  }
}
