import { evidence, flakiness, twoState } from '../../../domain/analytics-params.ts';
import { type DocPage, days, percent } from './doc-page.ts';

const { prior, trend } = flakiness;

export const flakinessPage: DocPage = {
  title: 'Flakiness',
  lead: 'A flaky test fails on good code. P(flaky) tells how sure that is, the flake rate how often an attempt fails so, and the false-red probability what all tests together do to a commit.',
  sections: [
    {
      heading: 'What counts',
      text: [
        'Each commit is one unit of evidence per test, job and environment: how many attempts failed and how many passed. Attempts within one run share machine and moment, so each after the first counts less.',
        'A failure says something of the test only where the code was good. So each unit has a P(good), found from all units before and after it: a row of failures with nothing in between is a broken test, a lone one among passes is a flake.',
      ],
      formula:
        'f = Σ weight × P(good) × failing attempts\ns = Σ weight × P(good) × passing attempts',
    },
    {
      heading: 'P(flaky) and the rate',
      text: [
        'Most tests are sound, and even a sound one fails once in a great while. A flaky one fails at a rate of its own. P(flaky) weighs the two against each other; the rate is that of a flaky test, times P(flaky).',
      ],
      formula: `z = ln(share / (1 - share)) + lnB(a + f, b + s) - lnB(a, b) - f ln ε - s ln(1 - ε)
P(flaky) = 1 / (1 + exp(-z))
rate = P(flaky) × (a + f) / (a + b + f + s)
a = ${prior.failing}, b = ${prior.passing}, ε = ${flakiness.residual}`,
    },
    {
      heading: 'False reds',
      text: [
        'A test turns a commit on good code red when all its attempts fail. The chances of all tests make the false-red probability, and each test has its share of it.',
      ],
      formula: `q = rate ^ (1 + ${evidence.retryWeight} × (attempts - 1))
P(false red) = 1 - Π (1 - q)`,
    },
    {
      heading: 'States',
      text: [
        'The first that holds: always-failing (never passed), broken, flaky, suspect, recovered (was flaky, and has passed too often since for its rate), new (too few commits), stable. A test stands as its worst variant.',
      ],
    },
  ],
  parameters: [
    ['Commits that are looked at, the newest', evidence.ringUnits],
    ['A further attempt of a run counts', evidence.retryWeight],
    ['A weight halves every', days(flakiness.halfLifeMs)],
    ['Share of flaky tests until a repo shows its own', percent(flakiness.flakyShare)],
    [
      'Least and largest share',
      `${percent(flakiness.minFlakyShare)} and ${percent(flakiness.maxFlakyShare)}`,
    ],
    ['Flaky from P(flaky)', flakiness.flaky],
    ['Suspect from P(flaky)', flakiness.suspect],
    ['Broken from P(broken)', flakiness.broken],
    ['Recovered when so many passes would happen with a chance below', flakiness.recoveredStreak],
    ['New below so many commits', flakiness.newUnits],
    [
      'Ends of the interval',
      `${percent(flakiness.interval.low)} and ${percent(flakiness.interval.high)}`,
    ],
    ['Share of the evidence behind the interval', flakiness.intervalEvidence],
    ['A broken test fails an attempt with', twoState.brokenFailure],
    ['A trend compares the newest', days(trend.recentMs)],
    ['with those before', days(trend.earlierMs)],
    ['It is called one from a probability of', trend.sure],
    ['and a ratio of', trend.ratio],
  ],
  example: {
    text: 'In a hundred commits on good code a test failed five times and passed ninety-five times, without retries.',
    steps: [
      ['P(flaky)', '1.000'],
      ['Flake rate', '5.2 %'],
      ['Its 90 % interval', '1.8 % to 10.1 %'],
      ['What it adds to false reds, with one attempt', '5.2 %'],
      ['With one retry', '1.2 %'],
      ['P(flaky) after one failure in a hundred', '0.618'],
    ],
  },
};
