/**
 * Twenty repos as one meets them, in the order in which an experienced engineer would rather have
 * them, best first. There is no truth about grades; this order is ours to defend, and the grade must
 * agree with it. All have 200 tests and 240 runs in 30 days.
 */
export type Archetype = {
  name: string;
  /** tests that flake, and how often each does */
  flakes?: { tests: number; rate: number; healed?: boolean };
  /** every so many runs one is red with a test broken, for one run */
  redEvery?: number;
  /** tests that are broken from one run to another, counted back from the newest; to 0: still */
  broken?: { tests: number; from: number; to: number };
  /** share of the tests that is skipped */
  skipped?: number;
  /** how much longer the last 10 runs took */
  slower?: number;
};

export const archetypes: readonly Archetype[] = [
  { name: 'all green for a month' },
  {
    name: 'green, a break three weeks ago repaired at once',
    broken: { tests: 3, from: 170, to: 168 },
  },
  {
    name: 'green, one flake in three weeks, healed',
    flakes: { tests: 1, rate: 0.006, healed: true },
  },
  { name: 'green, a tenth slower of late', slower: 0.1 },
  { name: 'green, three rare flakes, healed', flakes: { tests: 3, rate: 0.02, healed: true } },
  { name: 'a red run a week, repaired at once', redEvery: 56 },
  { name: 'green, one test in four skipped', skipped: 0.25 },
  { name: 'a red run every other day', redEvery: 16 },
  { name: 'two flakes, one run in sixteen red', flakes: { tests: 2, rate: 0.03 } },
  { name: 'a broken week, two weeks ago', broken: { tests: 2, from: 150, to: 110 } },
  { name: 'green for long, one test broken since yesterday', broken: { tests: 1, from: 8, to: 0 } },
  { name: 'five flakes, one run in five red', flakes: { tests: 5, rate: 0.04 } },
  { name: 'the same, and half as slow again', flakes: { tests: 5, rate: 0.04 }, slower: 0.5 },
  { name: 'ten flakes, two runs in five red', flakes: { tests: 10, rate: 0.05 } },
  { name: 'one test broken for a month', broken: { tests: 1, from: 240, to: 0 } },
  { name: 'twenty flakes, most runs red', flakes: { tests: 20, rate: 0.08 } },
  {
    name: 'three tests broken for a week, ten flakes',
    broken: { tests: 3, from: 56, to: 0 },
    flakes: { tests: 10, rate: 0.05 },
  },
  { name: 'six tests broken for a month', broken: { tests: 6, from: 240, to: 0 } },
  {
    name: 'twenty tests broken for a month, a third skipped',
    broken: { tests: 20, from: 240, to: 0 },
    skipped: 0.33,
  },
  { name: 'nothing passes', broken: { tests: 200, from: 240, to: 0 } },
];
