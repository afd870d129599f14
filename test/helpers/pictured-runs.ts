/** When the first run of a pictured history begins. */
export const start = Date.parse('2026-06-01T00:00:00Z');
export const hour = 3_600_000;
export const repo = 'acme/web';

/** A history as pictures, one per test: `.` passed, `x` failed, `f` flaky, `s` skipped, ` ` not run. */
export type Pictures = Record<string, string>;
type Options = { branch?: string | null; job?: string; everyMs?: number; startMs?: number };

const words: Record<string, string> = { '.': 'passed', x: 'failed', f: 'flaky', s: 'skipped' };

export function runsOf(
  pictures: Pictures,
  { branch = 'main', job = 'unit', everyMs = 3 * hour, startMs = start }: Options = {},
) {
  const commits = Math.max(...Object.values(pictures).map(({ length }) => length));
  return Array.from({ length: commits }, (_, i) => {
    const cases = Object.entries(pictures)
      .filter(([, picture]) => (picture[i] ?? ' ') !== ' ')
      .map(([name, picture]) => ({
        suite: 'cart',
        name,
        status: words[picture[i]!],
        durationMs: 40,
      }));
    const count = (status: string) => cases.filter((one) => one.status === status).length;
    const body = {
      repo,
      branch,
      job,
      commit: `c${String(i).padStart(4, '0')}`,
      startedAt: new Date(startMs + i * everyMs).toISOString(),
      summary: {
        total: cases.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        flaky: count('flaky'),
      },
      cases,
    };
    return { body, atMs: startMs + i * everyMs };
  });
}

export const green = (n: number) => '.'.repeat(n);
/** Tests that always pass, so that a failing one is not a mass failure. */
export const others = (commits: number): Pictures =>
  Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`other ${i}`, green(commits)]));
