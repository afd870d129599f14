import type { Repetition } from '../case-collector.ts';

/**
 * Suites that name the tool instead of tests. They say nothing about where a test belongs, and the
 * same test names occur in many classes below them: there the class name is the suite.
 * rspec numbers its parallel processes (`rspec2`).
 */
const runnerSuites: [RegExp, string][] = [
  [/^pytest$/i, 'pytest'],
  [/^nosetests$/i, 'nose'],
  [/^nose2-junit$/i, 'nose2'],
  [/^rspec\d*$/i, 'rspec'],
  [/^root suite$/i, 'mocha'],
];

export function runnerOfSuite(name: string): string | null {
  return runnerSuites.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** Names that runners give to a whole report. */
const reportNames = new Map([
  ['nextest-run', 'nextest'],
  ['jest tests', 'jest'],
  ['vitest tests', 'vitest'],
  ['mocha tests', 'mocha'],
  ['pytest tests', 'pytest'],
]);

export const runnerOfReport = (name: string): string | null =>
  reportNames.get(name.toLowerCase()) ?? null;

/** Properties that only one tool writes. */
const telling = new Map([['go.version', 'go']]);

export const runnerOfProperty = (name: string): string | null => telling.get(name) ?? null;

/** nextest repeats a suite under load as `suite@stress-0`, `suite@stress-1`, …: one suite. */
export const withoutStressMark = (suite: string): string => suite.replace(/@stress-\d+$/, '');

export type Occurrence = {
  runner: string | null;
  suite: string;
  className: string | null;
  name: string;
  /** as the case itself tells them */
  file: string | null;
  line: number | null;
  errorMessage: string | null;
};

/**
 * When two cases of equal name are attempts of one test, instead of two tests:
 *
 * - go, nextest: names are unique in a package, so a second one is a repetition
 * - pytest: the same; it writes the attempts before a rerun as if they had passed, and a failing
 *   teardown as a second case
 * - any other: only where file and line say that it is the same place
 */
export function repetitionOf(at: Occurrence): Repetition | null {
  const parts = [at.suite, at.className, at.name];
  if (at.runner === 'go' || at.runner === 'nextest') return { key: parts.join('\0') };
  if (at.runner === 'pytest') {
    const sameAttempt = /^(?:\w+: )?(?:failed on teardown|test teardown failure)/.test(
      at.errorMessage ?? '',
    );
    return { key: parts.join('\0'), onlyAfterFailure: true, sameAttempt };
  }
  if (at.file === null || at.line === null) return null;
  return { key: [...parts, at.file, at.line].join('\0') };
}
