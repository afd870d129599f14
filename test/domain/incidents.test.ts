import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type GroupedAlert, groupAlerts } from '../../src/domain/alert-groups.ts';
import { tellable } from '../../src/domain/false-discovery.ts';
import {
  type IncidentState,
  incidentId,
  type Observation,
  observe,
  withinDailyCap,
} from '../../src/domain/incidents.ts';

const day = 86_400_000;

describe('control of false discoveries', () => {
  it('tells as many as keep the mean risk at 1 %', () => {
    assert.deepEqual(tellable([0.5, 0.001, 0.02, 0.005]), [1, 3, 2]);
    assert.deepEqual(tellable([0.02]), []);
    assert.deepEqual(tellable([]), []);
    assert.deepEqual(tellable([0.01, 0.01]), [0, 1], 'exactly at the limit');
  });

  it('is the longest such list, for any risks', () => {
    const risk = fc.double({ min: 0, max: 0.05, noNaN: true });
    fc.assert(
      fc.property(fc.array(risk, { maxLength: 20 }), (risks) => {
        const told = tellable(risks);
        const sorted = risks.toSorted((a, b) => a - b);
        const mean = (n: number) => sorted.slice(0, n).reduce((a, b) => a + b, 0) / n;
        assert.ok(told.length === 0 || mean(told.length) <= 0.01 + 1e-12);
        for (let n = told.length + 1; n <= risks.length; n++) assert.ok(mean(n) > 0.01 - 1e-12);
      }),
    );
  });
});

/** An alert at commits 10 to 12 of suite `s`, alone in its cluster. */
const alert = (extra: Partial<GroupedAlert> = {}): GroupedAlert => ({
  suspects: { from: 10, to: 12 },
  cluster: null,
  suite: 's',
  start: 12,
  startExcess: 0,
  ...extra,
});

describe('grouping of alerts', () => {
  it('joins what shares suspects and a suite, a cluster, or a mass start', () => {
    const other = { suite: 'other' };
    for (const [one, two, groups] of [
      [{}, {}, 1],
      [{}, other, 2],
      [{ cluster: 'c' }, { ...other, cluster: 'c' }, 1],
      [{ cluster: 'c' }, { ...other, cluster: 'd' }, 2],
      [{}, { suspects: { from: 13, to: 20 } }, 2],
      [{ suspects: { from: 1, to: 10 } }, { suspects: { from: 7, to: 16 } }, 1],
      [{ suspects: { from: 1, to: 10 } }, { suspects: { from: 8, to: 17 } }, 2],
      [{ startExcess: 3 }, { ...other, startExcess: 3 }, 1],
      [{ startExcess: 3 }, { ...other, startExcess: 2.9 }, 2],
      [{ startExcess: 3, start: 11 }, { ...other, startExcess: 3 }, 1],
      [
        { startExcess: 3, suspects: { from: 1, to: 2 } },
        { ...other, startExcess: 3, suspects: { from: 9, to: 12 } },
        1,
      ],
      [
        { startExcess: 3, start: 2, suspects: { from: 1, to: 2 } },
        { ...other, startExcess: 3, suspects: { from: 9, to: 12 } },
        2,
      ],
    ] as const) {
      const found = groupAlerts([alert(one), alert(two)]);
      assert.equal(found.length, groups, JSON.stringify([one, two]));
    }
  });

  it('is what linking every pair would give, in whatever order the alerts come', () => {
    const any = fc.record({
      suspects: fc
        .tuple(fc.nat({ max: 12 }), fc.nat({ max: 6 }))
        .map(([from, n]) => ({ from, to: from + n })),
      cluster: fc.constantFrom(null, null, 'c', 'd'),
      suite: fc.constantFrom('s', 't', 'u', 'v', 'w'),
      start: fc.nat({ max: 12 }),
      startExcess: fc.constantFrom(0, 0, 5),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 14 }), (alerts) => {
        assert.deepEqual(groupAlerts(alerts), groupsByPairs(alerts));
        const turned = groupAlerts(alerts.toReversed()).map((group) =>
          group.map((i) => alerts.length - 1 - i).sort((a, b) => a - b),
        );
        assert.deepEqual(
          turned.sort((a, b) => a[0]! - b[0]!),
          groupAlerts(alerts),
        );
      }),
    );
  });

  it('ten thousand alerts of one mass failure are one incident', () => {
    const alerts = Array.from({ length: 10_000 }, (_, i) =>
      alert({ suite: `s${i % 300}`, startExcess: 9_000, cluster: i % 2 === 0 ? 'c' : null }),
    );
    assert.equal(groupAlerts(alerts).length, 1);
  });
});

/** The definition, pair by pair, by spreading labels until nothing changes. */
function groupsByPairs(alerts: GroupedAlert[]): number[][] {
  const label = alerts.map((_, i) => i);
  const linked = (a: GroupedAlert, b: GroupedAlert) => {
    const massive = a.startExcess >= 3 && b.startExcess >= 3;
    if (massive && a.start === b.start) return true;
    const common =
      Math.min(a.suspects.to, b.suspects.to) - Math.max(a.suspects.from, b.suspects.from) + 1;
    const size = (x: GroupedAlert) => x.suspects.to - x.suspects.from + 1;
    if (common < 0.4 * Math.min(size(a), size(b))) return false;
    return massive || a.suite === b.suite || (a.cluster !== null && a.cluster === b.cluster);
  };
  for (let changed = true; changed; ) {
    changed = false;
    alerts.forEach((a, i) => {
      alerts.forEach((b, j) => {
        if (label[i]! >= label[j]! || !linked(a, b)) return;
        label[j] = label[i]!;
        changed = true;
      });
    });
  }
  return [...Map.groupBy(alerts.keys(), (i) => label[i]!).values()];
}

const seen = (sequence: number, extra: Partial<Observation> = {}): Observation => ({
  sequence,
  atMs: sequence * 3_600_000,
  tests: 2,
  isCalm: false,
  ...extra,
});

function told(...observations: Observation[]) {
  let state: IncidentState | null = null;
  return observations.map((one) => {
    const step = observe(state, one);
    state = step.state;
    return step.event;
  });
}

describe('an incident', () => {
  it('is named by its facts, so that a rebuild finds it again', () => {
    const key = { repo: 'acme/web', kind: 'new-failure', firstOrderKey: 'k1', smallestTest: 't1' };
    assert.match(incidentId(key), /^[0-9a-f]{16}$/);
    assert.equal(incidentId({ ...key }), incidentId(key));
    const others = [
      { ...key, repo: 'acme/api' },
      { ...key, kind: 'slow-down' },
      { ...key, firstOrderKey: 'k1t', smallestTest: '1' },
    ];
    assert.equal(new Set([key, ...others].map(incidentId)).size, 4);
  });

  it('speaks when it opens, doubles and ends, and keeps quiet between', () => {
    const calm = { isCalm: true };
    assert.deepEqual(
      told(seen(1), seen(2, { tests: 3 }), seen(3, { tests: 4 }), seen(4, { tests: 7 })),
      ['opened', null, 'grew', null],
    );
    assert.deepEqual(told(seen(1), seen(2, calm), seen(3), seen(4, calm), seen(5, calm)), [
      'opened',
      null,
      null,
      null,
      'resolved',
    ]);
  });

  it('re-opens within five days, and after that is another one', () => {
    const calm = { isCalm: true };
    const end = [seen(1), seen(2, calm), seen(3, calm)];
    const resolvedAtMs = end[2]!.atMs;
    const again = (atMs: number) => told(...end, seen(4, { atMs })).at(-1);
    assert.equal(again(resolvedAtMs + 5 * day), 'reopened');
    assert.equal(again(resolvedAtMs + 5 * day + 1), null);
    assert.equal(told(...end, seen(4, calm)).at(-1), null, 'calm is no start');
  });

  it('tells each change once, and replays tell nothing (P34)', () => {
    const observation = fc.record({
      tests: fc.integer({ min: 0, max: 20 }),
      isCalm: fc.boolean(),
      atMs: fc.nat({ max: 20 * day }),
    });
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 40 }), fc.nat(), (list, nth) => {
        const all = list.map((one, i) => seen(i, one));
        let state: IncidentState | null = null;
        let open = false;
        for (const one of all) {
          const step = observe(state, one);
          if (step.event === 'opened' || step.event === 'reopened') assert.equal(open, false);
          if (step.event === 'resolved') assert.equal(open, true);
          open = step.state.isOpen;
          state = step.state;
        }
        const replayed = observe(state, all[nth % all.length]!);
        if (replayed.event !== null) assert.fail(`replay told ${replayed.event}`);
        assert.deepEqual(replayed.state, state);
      }),
    );
  });

  it('five messages a day and repo, mass failures beyond that, the least risky first', () => {
    const message = (risk: number, isMassFailure = false) => ({ risk, isMassFailure });
    const many = [0.7, 0.1, 0.6, 0.2, 0.5, 0.3, 0.4].map((risk) => message(risk));
    assert.deepEqual(withinDailyCap(many, 0), [1, 3, 4, 5, 6]);
    assert.deepEqual(withinDailyCap(many, 4), [1]);
    assert.deepEqual(withinDailyCap([...many, message(1, true)], 5), [7]);
    assert.deepEqual(withinDailyCap([...many, message(1, true)], 3), [1, 7]);
    assert.deepEqual(withinDailyCap([], 0), []);
  });
});
