import { chance } from '../domain/chance.ts';
import { drawRates } from './rates.ts';

/** What a run says of a test: one byte, so that every detector reads the same bytes. */
export const NOT_RUN = 0;
export const PASSED = 1;
/** failed first, passed when retried inside the run */
export const FLAKY = 2;
/** failed in all its attempts */
export const FAILED = 3;

export type SimulatedCommit = {
  isPull: boolean;
  /** place on the default branch; of a pull request, that of the commit it is based on */
  place: number;
  /** outcomes per test, a run each; none where the commit was not tested */
  runs: Uint8Array[];
};

/** A test that the code really broke: from the commit at `from` up to that before `to`. */
export type Fault = { test: number; from: number; to: number; cause: number };

export type History = {
  tests: number;
  /** commits of the default branch */
  places: number;
  /** retries inside a run */
  retries: number;
  commits: SimulatedCommit[];
  /** true failure rate of an attempt on good code */
  rates: Float64Array;
  /** the same over all commits, where it varies from one to the next */
  meanRates: Float64Array;
  faults: Fault[];
  suites: Uint32Array;
};

export const variants = [
  'base',
  'heavy',
  'burst',
  'hard',
  'partial',
  'drift',
  'storm10',
  'mass',
  'rename',
  'sparse',
  'order-dependent',
] as const;
export type Variant = (typeof variants)[number];

export type HistorySpec = {
  seed: number;
  variant: Variant;
  retries: number;
  tests: number;
  places: number;
  /** rates to draw from, null for the built-in distribution */
  rates: readonly number[] | null;
};

const geometric = (p: number, next: () => number): number =>
  1 + Math.floor(Math.log(1 - next()) / Math.log(1 - p));

const pareto = (shape: number, next: () => number): number => (1 - next()) ** (-1 / shape);

const suiteSize = 20;

type Breakage = { from: number; to: number; members: number[] };

/**
 * A history of CI. 25 breaks per 200 commits of the default branch, each of min(60, Geometric(0.15))
 * tests for Geometric(0.2) commits, failing at 98 %; half of them inside one suite. After four of
 * five commits comes one of a pull request; 35 % of these break Geometric(0.1) tests. A red commit is
 * run again with probability 0.3. In 1 % of the runs a storm hits 30 to 100 % of the tests; retries
 * heal a part of it that is drawn per storm. The variants bend what a detector may rely on:
 *
 *   heavy    breaks last 1 + min(60, 3 × Pareto(1.2)) commits
 *   burst    a rate counts × 0.3, 1 or 4 for one test at one commit, with 0.5, 0.35 and 0.15
 *   hard     broken tests always fail
 *   partial  broken tests fail at 30 %
 *   drift    rates double every 50 commits
 *   storm10  storms hit 5 to 15 % of the tests
 *   mass     one more break: 40 % of the tests for 6 commits
 *   rename   5 % of the tests change their id half way
 *   sparse   30 % of the commits are tested
 *   order-dependent  half of the tests fail by the order that a run has drawn: all attempts of a run
 *                    end alike, and a rate is the share of orders in which it fails
 */
export function simulate(spec: HistorySpec): History {
  const next = chance(spec.seed);
  const rates = drawRates(spec.tests, spec.rates, next);
  const renamed = spec.variant === 'rename' ? renamedOf(rates, next) : new Map<number, number>();
  const breaks = breaksOf(spec, rates, next);
  const world: World = { spec, next, rates, renamed, breaks };
  const commits: SimulatedCommit[] = [];
  for (let place = 0; place < spec.places; place++) {
    const broken = new Set(
      breaks.filter(({ from, to }) => from <= place && place < to).flatMap((b) => b.members),
    );
    const isTested = spec.variant !== 'sparse' || next() < 0.3;
    commits.push({ isPull: false, place, runs: isTested ? runsOf(world, place, broken) : [] });
    if (next() < 0.8) {
      const own = next() < 0.35 ? drawTests(geometric(0.1, next), rates, next) : [];
      const runs = runsOf(world, place, new Set([...broken, ...own]));
      commits.push({ isPull: true, place, runs });
    }
  }
  const allRates = Float64Array.from([...rates, ...[...renamed.keys()].map((old) => rates[old]!)]);
  return {
    tests: spec.tests + renamed.size,
    places: spec.places,
    retries: spec.retries,
    commits,
    rates: allRates,
    meanRates: spec.variant === 'burst' ? allRates.map(meanOfBursts) : allRates,
    faults: breaks.flatMap((each, cause) => faultsOf(each, cause, renamed, half(spec))),
    suites: Uint32Array.from(
      [...rates.keys(), ...renamed.keys()].map((test) => Math.floor(test / suiteSize)),
    ),
  };
}

const half = ({ places }: HistorySpec): number => Math.floor(places / 2);

type World = {
  spec: HistorySpec;
  next: () => number;
  rates: Float64Array;
  /** id from half way on, by the id before */
  renamed: Map<number, number>;
  breaks: Breakage[];
};

function renamedOf(rates: Float64Array, next: () => number): Map<number, number> {
  const chosen = [...rates.keys()].filter(() => next() < 0.05);
  return new Map(chosen.map((old, i) => [old, rates.length + i]));
}

/** Tests that can break: those that do not fail anyway. */
function drawTests(count: number, rates: Float64Array, next: () => number): number[] {
  const chosen = new Set<number>();
  const first = Math.floor(next() * rates.length);
  const fromSuite = next() < 0.5;
  for (let tries = 0; chosen.size < count && tries < 10 * count; tries++) {
    const inSuite = fromSuite && tries < suiteSize;
    const test = inSuite ? (first + tries) % rates.length : Math.floor(next() * rates.length);
    if (rates[test]! < 0.95) chosen.add(test);
  }
  return [...chosen];
}

function breaksOf({ variant, places }: HistorySpec, rates: Float64Array, next: () => number) {
  const breaks: Breakage[] = Array.from({ length: Math.round(places / 8) }, () => {
    const from = Math.floor(next() * places);
    const length =
      variant === 'heavy'
        ? 1 + Math.floor(Math.min(60, 3 * pareto(1.2, next)))
        : geometric(0.2, next);
    const members = drawTests(Math.min(60, geometric(0.15, next)), rates, next);
    return { from, to: Math.min(places, from + length), members };
  });
  if (variant === 'mass') {
    const from = Math.floor(places * (0.4 + 0.4 * next()));
    const members = [...rates.keys()].filter((test) => rates[test]! < 0.95 && next() < 0.4);
    breaks.push({ from, to: from + 6, members });
  }
  return breaks;
}

function faultsOf(
  { from, to, members }: Breakage,
  cause: number,
  renamed: Map<number, number>,
  at: number,
): Fault[] {
  return members.flatMap((test) => {
    const after = renamed.get(test);
    if (after === undefined || to <= at) return [{ test, from, to, cause }];
    if (from >= at) return [{ test: after, from, to, cause }];
    return [
      { test, from, to: at, cause },
      { test: after, from: at, to, cause },
    ];
  });
}

/** One run, or two where the first is red and somebody tried again. */
function runsOf(world: World, place: number, broken: ReadonlySet<number>): Uint8Array[] {
  const rateNow = ratesAt(world, place, broken);
  const first = runOnce(world, place, rateNow);
  return first.includes(FAILED) && world.next() < 0.3
    ? [first, runOnce(world, place, rateNow)]
    : [first];
}

/** By how much a rate counts at a commit, up to the drawn number. */
const bursts = [
  { upTo: 0.5, times: 0.3 },
  { upTo: 0.85, times: 1 },
  { upTo: 1, times: 4 },
];
const highestRate = 0.95;

const meanOfBursts = (rate: number): number =>
  rate === 1
    ? 1
    : bursts.reduce((sum, { upTo, times }, i) => {
        const share = upTo - (bursts[i - 1]?.upTo ?? 0);
        return sum + share * Math.min(highestRate, rate * times);
      }, 0);

/** Failure rates at one commit, of the tests that can fail there. */
function ratesAt({ spec, next, rates }: World, place: number, broken: ReadonlySet<number>) {
  const now = new Map<number, number>();
  const brokenRate = { hard: 1, partial: 0.3 }[spec.variant as string] ?? 0.98;
  rates.forEach((rate, test) => {
    if (rate === 0) return;
    const draw = spec.variant === 'burst' ? next() : 0.7;
    const burst = bursts.find(({ upTo }) => draw < upTo)!.times;
    const drift = spec.variant === 'drift' ? 2 ** Math.floor(place / 50) : 1;
    now.set(test, rate === 1 ? 1 : Math.min(highestRate, rate * burst * drift));
  });
  for (const test of broken) now.set(test, Math.max(brokenRate, now.get(test) ?? 0));
  return now;
}

function runOnce(world: World, place: number, rateNow: Map<number, number>): Uint8Array {
  const { spec, next, rates, renamed } = world;
  const outcomes = new Uint8Array(rates.length + renamed.size).fill(PASSED, 0, rates.length);
  for (const [test, rate] of rateNow) {
    if (next() >= rate) continue;
    const retries = dependsOnOrder(spec, test) ? 0 : spec.retries;
    outcomes[test] = retries > 0 && next() >= rate ** retries ? FLAKY : FAILED;
  }
  if (next() < 0.01) addStorm(world, outcomes);
  for (const [before, after] of renamed) {
    if (place < half(spec)) continue;
    outcomes[after] = outcomes[before]!;
    outcomes[before] = NOT_RUN;
  }
  return outcomes;
}

/** A retry does not help such a test, since it comes after the same others. */
const dependsOnOrder = ({ variant }: HistorySpec, test: number): boolean =>
  variant === 'order-dependent' && test % 2 === 0;

function addStorm({ spec, next, rates }: World, outcomes: Uint8Array): void {
  const share = spec.variant === 'storm10' ? 0.05 + 0.1 * next() : 0.3 + 0.7 * next();
  const healed = spec.retries > 0 ? next() : 0;
  for (let test = 0; test < rates.length; test++) {
    if (next() >= share || outcomes[test] === FAILED) continue;
    outcomes[test] = next() < healed ? FLAKY : FAILED;
  }
}
