import {
  culprit,
  durations,
  incidents,
  newFailure,
  rateChange,
  storm,
} from './analytics-params.ts';
import { rounded } from './explained.ts';
import type { IncidentKind } from './incident-kinds.ts';

/** What a figure of an incident's evidence means. */
const figures: Record<string, string> = {
  broken:
    'P(broken) at the deciding commit, by the units up to it; how it is found stands with the test',
  rateBefore: 'failing attempts on good code among all, before the change',
  rateAfter: 'failing attempts on good code among all, since the change',
  falseRedRise: 'rise of the chance that a commit on good code is red, by this test alone',
  redsBefore: 'red commits among all, before the change',
  redsAfter: 'red commits among all, since the change',
  troubled: 'cases of the run that failed or flaked',
  executed: 'cases of the run that were not skipped',
  ratio: 'duration after the change over the one before, slow machines taken out',
  addedMs: 'what the change adds, ms',
  p: 'chance of such a difference by accident (Mann-Whitney)',
};

const percent = (share: number): string => `${rounded(100 * share)} %`;
const { drop, flakier } = rateChange;

/** When an incident of a kind opens. */
const rules: Record<IncidentKind, string> = {
  'new-failure': `P(broken) of a test is at least ${newFailure.confirmed}; below ${newFailure.shortHistory.units} units ${newFailure.shortHistory.inARow} failing ones in a row and ${newFailure.shortHistory.broken} will do, and a known flaky test needs ${newFailure.knownFlaky.broken} and ${newFailure.knownFlaky.inARow} in a row.`,
  'pass-rate-drop': `Two rates of red commits explain the sequence at least ${rounded(Math.exp(rateChange.lnBayesFactor))} times as well as one, and the later is higher by ${percent(drop.minRise)} points or more.`,
  'flakiness-increase': `Two failure rates explain a test's attempts on good code at least ${rounded(Math.exp(rateChange.lnBayesFactor))} times as well as one, and the later is at least ${flakier.minRatio} times the earlier.`,
  'mass-failure': `More than ${percent(storm.minShare)} of the cases of a run are in trouble (from ${storm.many.cases} cases on ${percent(storm.many.minShare)}), and more than ${storm.timesMedian} times the usual share.`,
  'slow-down': `A test takes at least ${durations.alert.ratio} times as long and ${durations.alert.ms} ms longer than before, surely enough among all tests.`,
};

const inARow = `at ${incidents.calmUnits} commits in a row`;

/** What must be seen for it to end. */
const calm: Record<IncidentKind, string> = {
  'new-failure': `a pass of every test with P(broken) below ${newFailure.closed}, ${inARow}`,
  'pass-rate-drop': `so long a row of green commits that the higher rate explains it no more, ${inARow}`,
  'flakiness-increase': `so many passes of every test that the higher rate explains them no more, ${inARow}`,
  'mass-failure': `runs of the same job without a mass failure, ${inARow}`,
  'slow-down': `durations as before, ${inARow}`,
};

/** When an incident of a kind opens, in a sentence. */
export const incidentRule = (kind: IncidentKind): string => rules[kind];

/** What ends one, in a sentence. */
export const incidentEnd = (kind: IncidentKind, isOpen: boolean): string =>
  `It ${isOpen ? 'ends' : 'ended'} with ${calm[kind]}.`;

/** Why an incident was opened and what ends it, in two sentences. */
export const incidentReason = (kind: IncidentKind, isOpen: boolean): string =>
  `Opened because: ${incidentRule(kind)} ${incidentEnd(kind, isOpen)}`;

/** The meaning of a figure; null for one that speaks for itself. */
export const figureFormula = (name: string): string | null => figures[name] ?? null;

const kinds = culprit.afterBreak
  .map(({ share, failing, passing }) => `${share} × Beta(${failing}, ${passing})`)
  .join(' + ');

/** How the suspects are found. */
export const suspectFormula = `ln P(k) = Σ over the tests: ln of how likely their results before commit k are at their own flake rate (a prior of at most ${culprit.maxPriorStrength} attempts), plus ln of how likely those from k on are at a rate of ${kinds}, and ln ${culprit.lasts} for each tested commit from k on, since few breaks last; the suspects are the fewest commits that hold ${percent(culprit.setMass)}`;
