import type { SuiteFacts } from '../../../store/judged/repo-reads.ts';
import { repoPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';
import { sealOf } from './grade.ts';
import { filterLink } from './links.ts';

export function suiteRow(slug: string, { suite, grade, falseRed, states, ...rest }: SuiteFacts) {
  return {
    name: format.middle(format.visible(suite), 140) || 'no suite',
    href: suite === '' ? null : filterLink(`${repoPath(slug)}/-/tests`, { suite }),
    seal: sealOf(grade && { ...grade, ...grade.interval }),
    falseRed: {
      text: format.share(falseRed),
      how: 'Probability that a commit on good code makes a test of this suite fail for good.',
    },
    broken: states.broken + states['always-failing'],
    flaky: states.flaky,
    tests: rest.tests,
    durationMs: rest.durationMs,
  };
}
