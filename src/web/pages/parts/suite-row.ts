import type { SuiteSort } from '../../../contract/judged-queries.ts';
import type { SuiteFacts } from '../../../store/judged/repo-reads.ts';
import { repoPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';
import { sealOf } from './grade.ts';
import { filterLink } from './links.ts';
import type { Column } from './sort-heads.ts';

type SuiteColumn = Column<SuiteSort>;

/** The columns of views/partials/suite-rows.eta. */
export const suiteColumns: readonly SuiteColumn[] = [
  { word: 'Suite', sort: 'name', order: 'ascending' },
  {
    word: 'Grade',
    sort: 'grade',
    how: 'Made as the grade of the repo, of the tests of this suite alone, skips left out; with its 80 % interval.',
  },
  {
    word: 'False red',
    sort: 'falseRed',
    isNumber: true,
    how: 'Probability that a commit on good code makes a test of this suite fail for good.',
  },
  { word: 'Flaky', sort: 'flaky', isNumber: true },
  { word: 'Broken', sort: null, isNumber: true },
  { word: 'Tests', sort: 'tests', isNumber: true },
  {
    word: 'Duration',
    sort: 'durationMs',
    isNumber: true,
    how: 'Sum of the median durations of its tests.',
  },
];

export function suiteRow(slug: string, { suite, grade, falseRed, states, ...rest }: SuiteFacts) {
  return {
    name: format.middle(format.visible(suite), 140) || 'no suite',
    href: suite === '' ? null : filterLink(`${repoPath(slug)}/-/tests`, { suite }),
    seal: sealOf(grade && { ...grade, ...grade.interval }),
    falseRed: format.share(falseRed),
    broken: states.broken + states['always-failing'],
    flaky: states.flaky,
    tests: rest.tests,
    durationMs: rest.durationMs,
  };
}
