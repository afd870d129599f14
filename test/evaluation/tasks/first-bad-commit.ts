import { type CulpritEvidence, firstBadCommit, flakePrior } from '../../../src/domain/culprit.ts';
import { chance } from '../../domain/chance.ts';
import { changeInterval, changePoints } from '../anchors/luci-change-points.ts';
import { pointOf } from '../anchors/series.ts';
import { FAILED, NOT_RUN, PASSED } from '../history.ts';
import { bootstrap, mean, sum } from '../metrics.ts';
import { syntheticRate } from '../rates.ts';
import type { Setting } from '../setting.ts';
import type { Row } from '../table.ts';

type Kind = {
  name: string;
  tests: number;
  /** share of the commits that are tested */
  density: number;
  /** failure rate of a broken test */
  failing: number;
};

const kinds: Kind[] = [
  { name: '1 test, fails at 100 %', tests: 1, density: 1, failing: 1 },
  { name: '1 test, fails at 90 %', tests: 1, density: 1, failing: 0.9 },
  { name: '1 test, fails at 60 %', tests: 1, density: 1, failing: 0.6 },
  { name: '8 tests, fail at 90 %', tests: 8, density: 1, failing: 0.9 },
  { name: '1 test, 35 % tested, fails at 100 %', tests: 1, density: 0.35, failing: 1 },
  { name: '8 tests, 35 % tested, fail at 100 %', tests: 8, density: 0.35, failing: 1 },
];

const commits = 60;
/** attempts before the candidates, from which a test's own flake rate is known */
const before = 100;

type Found = { isIn: boolean; size: number; isTop: boolean };
type Trial = { ours: Found; knowing: Found; lastPass: Found; luci: Found };

/**
 * A break at one of 60 candidate commits, seen by flaky tests (half of them; the others only fail
 * when broken), 3 to 20 commits after it. A commit is tested for all tests of the incident or none.
 */
function trial(kind: Kind, flaky: readonly number[], next: () => number): Trial {
  const at = 15 + Math.floor(next() * 25);
  const end = Math.min(commits, at + 3 + Math.floor(next() * 18));
  const isTested = Array.from({ length: end }, () => next() < kind.density);
  const rates = Array.from({ length: kind.tests }, () =>
    next() < 0.5 ? 0 : flaky[Math.floor(next() * flaky.length)]!,
  );
  const outcomes = rates.map((rate) =>
    isTested.map((tested, k) => {
      const now = k >= at ? Math.max(kind.failing, rate) : rate;
      return tested ? (next() < now ? FAILED : PASSED) : NOT_RUN;
    }),
  );
  const histories = rates.map((rate) => {
    const failing = Array.from({ length: before }, () => next() < rate).filter(Boolean).length;
    return { failing, passing: before - failing };
  });
  return {
    ours: ours(outcomes, histories, at),
    knowing: knowing(outcomes, rates, kind.failing, at),
    lastPass: lastPass(outcomes, at),
    luci: luci(outcomes, at),
  };
}

function ours(
  outcomes: number[][],
  histories: { failing: number; passing: number }[],
  at: number,
): Found {
  const evidence = outcomes.map(
    (row, i): CulpritEvidence => ({
      prior: flakePrior(histories[i]!),
      failed: row.map((outcome) => Number(outcome === FAILED)),
      passed: row.map((outcome) => Number(outcome === PASSED)),
    }),
  );
  const { likely, top } = firstBadCommit(outcomes[0]!.length, evidence);
  return { isIn: likely.includes(at), size: likely.length, isTop: top === at };
}

/**
 * The fewest commits that hold 95 % for one who knows the rates of all tests before and after, and takes
 * all commits for equally likely: what a set cannot be smaller than without further knowledge.
 */
function knowing(outcomes: number[][], rates: number[], failing: number, at: number): Found {
  const logs = outcomes[0]!.map((_, k) =>
    sum(
      outcomes.flatMap((row, i) =>
        row.map((outcome, j) => {
          const rate = j < k ? rates[i]! : Math.max(failing, rates[i]!);
          return outcome === NOT_RUN ? 0 : Math.log(outcome === FAILED ? rate : 1 - rate);
        }),
      ),
    ),
  );
  const highest = Math.max(...logs);
  const odds = logs.map((log) => Math.exp(log - highest));
  const order = [...odds.keys()].sort((a, b) => odds[b]! - odds[a]!);
  const needed = 0.95 * sum(odds);
  let [mass, size] = [0, 0];
  while (mass < needed) mass += odds[order[size++]!]!;
  return { isIn: order.indexOf(at) < size, size, isTop: order[0] === at };
}

/** The commit after the last one where any test of the incident passed. */
function lastPass(outcomes: number[][], at: number): Found {
  const last = Math.max(...outcomes.map((row) => row.lastIndexOf(PASSED)));
  return { isIn: last + 1 === at, size: 1, isTop: last + 1 === at };
}

/** LUCI looks at one test alone: the first, by its 99 % interval. */
function luci(outcomes: number[][], at: number): Found {
  const all = outcomes[0]!.flatMap((outcome, k) =>
    outcome === NOT_RUN ? [] : [pointOf(k, [outcome], 0)],
  );
  const { from, to } = changeInterval(all);
  const first = (all[from - 1]?.place ?? -1) + 1;
  const last = all[to]!.place;
  const top = all[changePoints(all).at(-1) ?? 0]!.place;
  return { isIn: first <= at && at <= last, size: last - first + 1, isTop: top === at };
}

const trialsPerSeed = 150;

/** Which commit is to blame. */
export function firstBadCommitTask({ seeds, firstSeed, rates }: Setting): Row[] {
  const next = chance(7);
  const isFlaky = (rate: number) => rate >= 0.005 && rate < 0.95;
  const drawn = rates ?? Array.from({ length: 20_000 }, () => syntheticRate(next));
  const flaky = drawn.filter(isFlaky);
  return kinds.flatMap((kind) => {
    const random = chance(10 + firstSeed);
    const trials = Array.from({ length: seeds * trialsPerSeed }, () => trial(kind, flaky, random));
    return (['ours', 'knowing', 'luci', 'lastPass'] as const).flatMap((rule) =>
      rowsOf(kind, rule, trials),
    );
  });
}

const names = {
  ours: 'ours',
  knowing: 'who knows all rates',
  luci: 'LUCI, 99 %',
  lastPass: 'after the last pass',
};

function rowsOf(kind: Kind, rule: keyof Trial, trials: Trial[]): Row[] {
  const base = { task: 'first bad commit', on: kind.name, rule: names[rule] };
  const over = (of: (found: Found) => number) => (drawn: Trial[]) =>
    mean(drawn.map((each) => of(each[rule])));
  const size = over((found) => found.size);
  const isOurs = rule === 'ours';
  const most = mean(trials.map(({ luci: { size: luciSize } }) => luciSize)) / 3;
  return [
    {
      ...base,
      figure: 'coverage of the set',
      value: bootstrap(
        trials,
        over(({ isIn }) => Number(isIn)),
      ),
      ...(isOurs && { target: { min: 0.95 } }),
    },
    {
      ...base,
      figure: 'size of the set',
      value: bootstrap(trials, size),
      ...(isOurs && { target: { max: Number(most.toFixed(1)) } }),
    },
    {
      ...base,
      figure: 'top 1',
      value: bootstrap(
        trials,
        over(({ isTop }) => Number(isTop)),
      ),
    },
  ];
}
