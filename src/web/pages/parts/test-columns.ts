import type { TestSort } from '../../../contract/judged-queries.ts';
import type { TestFacts } from '../../../store/judged/test-reads.ts';
import { isoOrNull } from '../../api/shapes.ts';
import type { Column } from './sort-heads.ts';
import { costMs, shareOf, type Weights } from './test-row.ts';

type TestColumn = Column<TestSort>;

const test: TestColumn = { word: 'Test', sort: 'name', order: 'ascending' };
const rate: TestColumn = {
  word: 'Fails on good code',
  sort: 'flakeRate',
  how: 'How often one attempt fails although the code is good, with its 90 % interval: failing over all attempts of commits on which the test was not broken, newer ones counting more, times P(flaky).',
};
const failures: TestColumn = {
  word: 'Failures',
  sort: 'failures',
  isNumber: true,
  how: 'Commits in which an attempt failed, of the newest 256 with a result.',
};
const lastFailed: TestColumn = { word: 'Failed last', sort: 'lastFailedAt', isNumber: true };
const share: TestColumn = {
  word: 'Share',
  sort: 'falseRed',
  isNumber: true,
  how: 'Its part of all false reds of the repo: ln(1 − q) over the sum of it, q the probability that it fails for good in a commit on good code.',
};
const cost: TestColumn = {
  word: 'Cost a week',
  sort: null,
  isNumber: true,
  how: 'Machine time of the runs that it alone makes red: q × runs of the default branch a week × median duration of a run.',
};

export const testColumns: readonly TestColumn[] = [
  test,
  {
    word: 'State',
    sort: 'state',
    how: 'Of its worst variant: always failing, broken, flaky, suspect, recovered, new or stable, the first that holds.',
  },
  rate,
  failures,
  {
    word: 'Median',
    sort: 'medianMs',
    isNumber: true,
    how: 'Of its newest 31 passing results; of the slowest variant.',
  },
  lastFailed,
];

export const flakyColumns: readonly TestColumn[] = [test, rate, failures, share, cost, lastFailed];
export const flakiestColumns: readonly TestColumn[] = [test, rate, share, cost];

export const testCsvHead = [
  ...['id', 'suite', 'name', 'state', 'slow', 'variants', 'pFlaky', 'flakeRate', 'flakeRateLow'],
  ...['flakeRateHigh', 'pBroken', 'runs', 'failures', 'falseRed', 'shareOfFalseReds'],
  ...['costMsPerWeek', 'medianMs', 'lastFailedAt'],
];

export const testCsvRow = (one: TestFacts, weights: Weights) => [
  ...[one.id, one.suite, one.name, one.state, one.slow, one.variants.length, one.pFlaky],
  ...[one.flakeRate, one.flakeRateLow, one.flakeRateHigh, one.pBroken, one.runs, one.failures],
  ...[one.falseRed, shareOf(one, weights), costMs(one, weights), one.medianMs],
  isoOrNull(one.lastFailedAtMs),
];
