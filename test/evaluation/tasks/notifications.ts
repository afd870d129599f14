import { groupAlerts } from '../../../src/domain/alert-groups.ts';
import type { History } from '../history.ts';
import { bootstrap, mean, sum } from '../metrics.ts';
import { newFailures, type OwnAlert } from '../ours.ts';
import { type Case, nameOf, overSeeds, type Sample, type Setting } from '../setting.ts';
import type { Row, Target } from '../table.ts';
import { warmUp } from './new-failures.ts';

/** Alerts older than this are not joined by new ones. */
const openCommits = 20;

/** Messages of one stretch of commits. */
type Messages = {
  right: number;
  /** breaks that were told at all */
  causes: number;
  wrong: number;
  storms: number;
  /** as in `Score` */
  scale: number;
};

const blockCommits = 20;

/** The break that an alert is about, if any. */
function causeOf({ faults }: History, { test, place }: OwnAlert): number | null {
  const fault = faults.find(
    (each) => each.test === test && each.from <= place && place < each.to + 2,
  );
  return fault?.cause ?? null;
}

/** Seven of ten tests of a break say the same, the others each say something of their own. */
function clusterOf(history: History, alert: OwnAlert): string | null {
  const cause = causeOf(history, alert);
  return cause === null || alert.test % 10 >= 7 ? null : `break ${cause}`;
}

/** Puts alerts into incidents as they come; a message per incident. */
function incidentsOf(history: History, alerts: readonly OwnAlert[]): OwnAlert[][] {
  const incidents: OwnAlert[][] = [];
  const told: { alert: OwnAlert; incident: OwnAlert[] }[] = [];
  for (const fresh of Map.groupBy(alerts, ({ place }) => place).values()) {
    const now = fresh[0]!.place;
    const open = told.filter(({ alert }) => now - alert.place <= openCommits);
    const all = [...open.map(({ alert }) => alert), ...fresh];
    const groups = groupAlerts(
      all.map((alert) => ({
        ...alert,
        cluster: clusterOf(history, alert),
        suite: `${history.suites[alert.test]}`,
      })),
    );
    for (const group of groups) {
      const first = group.find((i) => i < open.length);
      const incident = first === undefined ? [] : open[first]!.incident;
      for (const i of group) {
        if (i < open.length) continue;
        if (incident.length === 0) incidents.push(incident);
        incident.push(all[i]!);
        told.push({ alert: all[i]!, incident });
      }
    }
  }
  return incidents;
}

function messagesOf({ history, steps }: Sample): Messages[] {
  const alerts = newFailures(history, steps).filter(
    ({ place, test }) => place >= warmUp && history.rates[test]! < 0.95,
  );
  const blocks = Math.ceil(history.places / blockCommits);
  const scale = (blocks * 200 * 6000) / (history.places * history.tests);
  const messages = Array.from(
    { length: blocks },
    (): Messages => ({ right: 0, causes: 0, wrong: 0, storms: 0, scale }),
  );
  const at = (place: number) => messages[Math.floor(place / blockCommits)]!;
  const told = new Set<number>();
  for (const incident of incidentsOf(history, alerts)) {
    const here = at(incident[0]!.place);
    const causes = incident.flatMap((alert) => causeOf(history, alert) ?? []);
    if (causes.length > 0) here.right++;
    else here.wrong++;
    for (const cause of causes) {
      if (!told.has(cause)) here.causes++;
      told.add(cause);
    }
  }
  for (const { now, storms } of steps) at(now).storms += storms;
  return messages;
}

const bound = ['base', 'heavy', 'hard'];

/** Messages that people get: one per incident. */
export function notifications(setting: Setting, cases: readonly Case[]): Row[] {
  return cases.flatMap((at) => {
    const results = overSeeds(setting, at, messagesOf).flat();
    const isBound = bound.includes(at.variant);
    const row = (figure: string, of: (r: typeof results) => number, target?: Target): Row => ({
      task: 'notifications',
      on: nameOf(at),
      figure,
      rule: 'ours',
      value: bootstrap(results, of),
      ...(isBound && target !== undefined && { target }),
    });
    return [
      row(
        'messages per break told',
        (r) => sum(r.map(({ right }) => right)) / sum(r.map(({ causes }) => causes)),
        { max: 1.2 },
      ),
      row(
        'false per 200 commits of 6,000 tests',
        (r) => mean(r.map(({ wrong, scale }) => scale * wrong)),
        { max: 1 },
      ),
      row(
        'storms held back per 200 commits',
        (r) => (mean(r.map(({ storms }) => storms)) * 200) / blockCommits,
      ),
    ];
  });
}
