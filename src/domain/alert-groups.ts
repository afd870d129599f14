import { incidents as params } from './analytics-params.ts';
import { overlapOfRanges, type Range } from './overlap.ts';
import { UnionFind } from './union-find.ts';

/** One alert of a repo, as far as it decides what belongs to it. */
export type GroupedAlert = {
  /** commits that may be guilty, by their places on the branch */
  suspects: Range;
  /** cluster of its error message, null where there is none */
  cluster: string | null;
  suite: string;
  /** place of the commit at which it first failed */
  start: number;
  /** tests beyond the expected ones that began to fail at that commit */
  startExcess: number;
};

/**
 * Puts alerts with one cause into one incident. Two belong together when their suspects overlap by
 * 40 % of the smaller range and they share the error cluster, the suite, or that both began in a
 * mass start; all that began at one commit of a mass start belong together. What is linked through
 * others belongs together too, so the order of alerts does not matter. Returns lists of indices,
 * each ascending, ordered by their first. O(n + distinct ranges² per cluster or suite).
 */
export function groupAlerts(alerts: readonly GroupedAlert[]): number[][] {
  const sets = new UnionFind(alerts.length);
  const isMass = ({ startExcess }: GroupedAlert) => startExcess >= params.massStart;
  joinEqual(sets, alerts, (alert) => (isMass(alert) ? `${alert.start}` : null));
  joinOverlapping(sets, alerts, ({ cluster }) => cluster);
  joinOverlapping(sets, alerts, ({ suite }) => suite);
  joinOverlapping(sets, alerts, (alert) => (isMass(alert) ? '' : null));
  return sets.groups();
}

type KeyOf = (alert: GroupedAlert) => string | null;

/** Indices by key; alerts without one are left out. */
function byKey(alerts: readonly GroupedAlert[], keyOf: KeyOf): Iterable<number[]> {
  const lists = new Map<string, number[]>();
  alerts.forEach((alert, i) => {
    const key = keyOf(alert);
    if (key === null) return;
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [i]);
    else list.push(i);
  });
  return lists.values();
}

function joinEqual(sets: UnionFind, alerts: readonly GroupedAlert[], keyOf: KeyOf): void {
  for (const [first, ...others] of byKey(alerts, keyOf)) {
    for (const other of others) sets.join(first!, other);
  }
}

/** Within one key, alerts with equal ranges are one, so that a mass of them costs no more than one. */
function joinOverlapping(sets: UnionFind, alerts: readonly GroupedAlert[], keyOf: KeyOf): void {
  const rangeOf = (i: number) => alerts[i]!.suspects;
  for (const list of byKey(alerts, keyOf)) {
    const distinct = new Map<string, number>();
    for (const i of list) {
      const key = `${rangeOf(i).from} ${rangeOf(i).to}`;
      const same = distinct.get(key);
      if (same === undefined) distinct.set(key, i);
      else sets.join(same, i);
    }
    const firsts = [...distinct.values()];
    firsts.forEach((i, at) => {
      for (const j of firsts.slice(0, at)) {
        if (overlapOfRanges(rangeOf(i), rangeOf(j)) >= params.sameSuspects) sets.join(i, j);
      }
    });
  }
}
