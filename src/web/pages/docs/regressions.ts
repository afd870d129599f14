import {
  culprit,
  incidents,
  newFailure,
  rateChange,
  storm,
  twoState,
} from '../../../domain/analytics-params.ts';
import { suspectFormula } from '../../../domain/explain-incident.ts';
import { type DocPage, days, percent } from './doc-page.ts';

const { drop, flakier } = rateChange;
const { shortHistory, knownFlaky } = newFailure;

export const regressionsPage: DocPage = {
  title: 'Regressions',
  lead: 'An incident tells that something of the default branch became worse: since which commit, how sure that is, and what would end it.',
  sections: [
    {
      heading: 'New failures',
      text: [
        'A test is good or broken. Commit after commit P(broken) is made from what it was before and from what the attempts say. A test that hardly ever failed is believed to be broken after one or two failures; one that flakes needs more.',
        'Where several tests begin to fail at one commit, a break is likelier than an accident, and less evidence will do.',
      ],
      formula: `P' = P × (1 - ${twoState.repair}) + (1 - P) × breakage
odds = odds' × (${twoState.brokenFailure} / rate)^failing × (${Number((1 - twoState.brokenFailure).toFixed(3))} / (1 - rate))^passing`,
    },
    {
      heading: 'Mass failures',
      text: [
        'A run in which many tests are in trouble says something of the machine. It opens an incident of its own and is no evidence about single tests, unless the next commit fails alike.',
      ],
    },
    {
      heading: 'Rising flakiness, falling pass rates',
      text: [
        'A row of results is cut in two where two rates explain it best. The two are believed where they explain it far better than one rate does and differ enough to matter.',
      ],
    },
    {
      heading: 'The first bad commit',
      text: [
        'Every commit from some before the last good one is a candidate, tested or not. All tests of an incident speak together.',
      ],
      formula: suspectFormula,
    },
    {
      heading: 'Few and right',
      text: [
        'Alerts of one commit are taken from the surest on, as long as few of them are expected to be false. Alerts with the same suspects and the same message, suite or start become one incident. What ends and comes back soon is the same incident.',
      ],
    },
  ],
  parameters: [
    ['P(broken) that is suspected', newFailure.suspected],
    ['P(broken) that is confirmed', newFailure.confirmed],
    [
      `Below ${shortHistory.units} commits it will do with ${shortHistory.inARow} in a row`,
      shortHistory.broken,
    ],
    [`A known flaky test needs ${knownFlaky.inARow} in a row and`, knownFlaky.broken],
    ['P(broken) below which a failure is over', newFailure.closed],
    ['Commits of a repo before anything is confirmed', newFailure.warmUpCommits],
    ['Chance of a break per commit', twoState.breakage],
    ['Chance of a repair per commit', twoState.repair],
    ['P(broken) of a test nobody has seen', twoState.newTest.broken],
    ['Mass failure from a share of', percent(storm.minShare)],
    [`or, from ${storm.many.cases} cases on, of`, percent(storm.many.minShare)],
    ['and so many times the usual share', storm.timesMedian],
    [
      'Two rates must explain the results better by',
      `${Math.round(Math.exp(rateChange.lnBayesFactor))} times`,
    ],
    ['A pass rate must fall by', percent(drop.minRise)],
    ['A flake rate must rise by', `${flakier.minRatio} times`],
    ['Candidates before the last good commit', culprit.margin],
    ['Chance that a break outlasts one more tested commit', culprit.lasts],
    ['Expected share of false alerts', percent(incidents.falseDiscoveryRate)],
    ['Calm commits that end an incident', incidents.calmUnits],
    ['It is the same incident when it comes back within', days(incidents.reopenMs)],
    ['Messages per repo and day', incidents.perRepoAndDay],
  ],
  example: {
    text: 'A new test passed at fifty commits and then fails at three in a row, alone.',
    steps: [
      ['P(broken) after the first failure', '0.581'],
      ['After the second', '0.990'],
      ['After the third', '0.998'],
      ['Told after', '3 failures'],
    ],
  },
};
