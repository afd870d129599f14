import { type FailureOrigin, failureOrigins } from '../../../domain/failure-origin.ts';
import type { FailureGroup } from '../../../store/judged/run-failures.ts';
import type { RunTroubles } from '../../../store/judged/verbs.ts';
import { clusterPath, incidentPath, runPath, testPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';
import { incidentWords } from './incident-words.ts';

/** How each origin of a failure is told; colour, glyph and word together. */
export const originWords: Record<
  FailureOrigin,
  { word: string; glyph: string; tone: string; means: string }
> = {
  new: {
    word: 'new',
    glyph: '▲',
    tone: 'bad',
    means: 'Nothing that was known before explains it: look at this change first.',
  },
  storm: {
    word: 'mass failure',
    glyph: '✱',
    tone: 'wary',
    means:
      'So much was in trouble at once that it says something of the machines, not of the tests.',
  },
  flaky: {
    word: 'known flaky',
    glyph: '≈',
    tone: 'wary',
    means: 'The test fails now and then on good code, by the newest judgement.',
  },
  standing: {
    word: 'broken before',
    glyph: '↺',
    tone: '',
    means: 'It fails since an earlier commit, or never passed: this change did not break it.',
  },
};

const groupsShown = 8;
const testsShown = 4;
const messageLength = 600;
const suitesShown = 3;

/** The failures of a run by probable cause, as views/partials/failure-groups.eta shows them. */
export function failureGroupsOf(slug: string, runId: string, troubles: RunTroubles) {
  const { failures, grouped, causes, groups, origins } = troubles;
  const originOf = (test: string): FailureOrigin | undefined => origins?.origins[test];
  const all = groups.flatMap(({ members }) => members);
  return {
    failures,
    grouped,
    causes,
    counts: countsOf(all, originOf),
    isJudged: origins?.isJudged ?? false,
    incidents: (origins?.incidents ?? []).map((incident) => ({
      words: incidentWords[incident.kind],
      href: incidentPath(slug, incident.id),
      atMs: incident.openedAtMs,
    })),
    groups: groups.slice(0, groupsShown).map((group) => ({
      ...shown(slug, group),
      counts: countsOf(group.members, originOf),
      since: group.firstSeen && {
        atMs: group.firstSeen.atMs,
        isHere: group.firstSeen.runId === runId,
        href: runPath(slug, group.firstSeen.runId),
      },
    })),
    more: Math.max(0, causes - groupsShown),
  };
}

function shown(slug: string, { fingerprint, message, failures, tests, suites }: FailureGroup) {
  const text = format.visible(message.slice(0, messageLength)).toWellFormed();
  const [headline = '', ...rest] = text.trim().split('\n');
  return {
    headline: format.middle(headline, 200),
    rest: rest.join('\n').trim(),
    href: clusterPath(slug, fingerprint),
    failures,
    suites: suites.slice(0, suitesShown),
    moreSuites: Math.max(0, suites.length - suitesShown),
    tests: tests
      .slice(0, testsShown)
      .map(({ testId, name }) => ({ name, href: testPath(slug, testId) })),
    moreTests: Math.max(0, failures - testsShown),
  };
}

function countsOf(
  tests: readonly string[],
  originOf: (test: string) => FailureOrigin | undefined,
): { origin: FailureOrigin; n: number }[] {
  return failureOrigins
    .map((origin) => ({ origin, n: tests.filter((test) => originOf(test) === origin).length }))
    .filter(({ n }) => n > 0);
}
