import { grade } from '../../../domain/analytics-params.ts';
import { type DocPage, days, percent } from './doc-page.ts';

const { standing, redRuns, severity, skipped, slowdown } = grade;

export const gradesPage: DocPage = {
  title: 'Grades',
  lead: 'A grade tells how well the default branch of a repo is doing today: 100 points less five demerits, each of which grows with trouble and has a limit.',
  sections: [
    {
      heading: 'What counts',
      text: [
        'Only runs of the default branch. A run counts less as it gets older. Runs that struck many tests at once count too: leaving them out would raise the score when one more test fails.',
        'Nothing is graded before there are a few runs over at least a day.',
      ],
    },
    {
      heading: 'The five demerits',
      text: [
        'Standing failures b: tests whose last two commits have no pass.',
        'Red runs U: the share of runs in which something failed; a run that only flaked counts less.',
        'Severity V: the share of executed cases that failed; a flaky case counts less.',
        'Skips K: the share of cases that were skipped, beyond what is free.',
        'Slow-down s: how much longer runs take than before.',
      ],
      formula: `score = 100
  - ${standing.points} × (1 - exp(-b / ${standing.scale}))
  - ${redRuns.points} × (1 - exp(-U / ${redRuns.scale})) / (1 - exp(-${redRuns.saturation}))
  - ${severity.points} × (1 - exp(-V / ${severity.scale}))
  - ${skipped.points} × (K - ${skipped.free}) / ${skipped.range}, within 0 and ${skipped.points}
  - ${slowdown.points} × s / ln 2, within 0 and ${slowdown.points}`,
    },
    {
      heading: 'How sure',
      text: [
        'Few runs make an uncertain share of red ones. The interval is the score at the ends of that share: with n runs of equal weight it is distributed as Beta(1/2 + n U, 1/2 + n (1 - U)).',
      ],
    },
    {
      heading: 'What to fix',
      text: [
        'The list of fixes is found by taking the failures and flakes of one test after the other away, each time of the test that raises the score most, until the next letter is reached. A run turns green only when all tests that failed in it are on the list.',
      ],
    },
    {
      heading: 'Where it is going',
      text: [
        'The trend is the median of the slopes between all pairs of days (Theil-Sen). It is called improving or declining only where the order of the days is no accident (Mann-Kendall) and the change is worth a word.',
      ],
    },
  ],
  parameters: [
    ['A weight halves every', days(grade.halfLifeMs)],
    ['A flaky case, or a run that only flaked, counts', grade.flakySeverity],
    ...grade.letters.map(({ letter, from }): [string, number] => [`${letter} begins at`, from]),
    ['Runs before there is a grade', grade.minRuns],
    ['History before there is a grade', `${grade.minHistoryMs / 3_600_000} hours`],
    ['Newest run durations, compared with those before', slowdown.recentRuns],
    ['Run durations before', slowdown.earlierRuns],
    ['Timed runs of a job before its speed counts', slowdown.minRuns],
    ['Ends of the interval', `${percent(grade.interval.low)} and ${percent(grade.interval.high)}`],
    ['Tests on the list of fixes, at most', grade.counterfactualTests],
    ['Days that a trend looks at', grade.trend.days],
    ['Days with a grade before there is a trend', grade.trend.minDays],
    ['A trend is no accident where p is below', grade.trend.maxP],
    ['Points of change before a trend is called one', grade.trend.minChange],
  ],
  example: {
    text: 'One test fails for good, one run in ten is red, one case in 500 fails, 3 % are skipped, and runs take as long as ever.',
    steps: [
      ['Standing failures, b = 1', '5.4'],
      ['Red runs, U = 0.1', '10.1'],
      ['Severity, V = 0.002', '1.9'],
      ['Skips, K = 0.03', '0.0'],
      ['Slow-down, s = 0', '0.0'],
      ['Score', '82.6'],
      ['Grade', 'B'],
    ],
  },
};
