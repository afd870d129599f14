import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';

/**
 * A reporter of node:test that posts the project's own results to a running appliance when
 * QLENS_API_KEY is set (QLENS_ENDPOINT names another one than http://127.0.0.1:8080).
 * It never fails the tests; what went wrong with the post is printed.
 */
type Details = { duration_ms: number; type?: string; error?: Error & { cause?: unknown } };
type TestData = {
  name: string;
  nesting: number;
  file?: string;
  line?: number;
  skip?: string | boolean;
  todo?: string | boolean;
  details: Details;
};
type TestEvent = { type: string; data: TestData };

type PostedCase = {
  suite: string;
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  durationMs: number;
  file: string;
  line: number | undefined;
  errorMessage?: string;
  stack?: string | undefined;
};
type Pending = { nesting: number; path: string[]; case: PostedCase };

export default async function* post(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const startedAt = Date.now();
  const results = new Results();
  for await (const { type, data } of events) {
    if (type === 'test:pass' || type === 'test:fail') results.add(data, type === 'test:pass');
  }
  const key = process.env.QLENS_API_KEY;
  if (key === undefined || key === '') return;
  yield await send(key, results.cases(), startedAt);
}

/** Children are reported before what holds them, so names of suites are put in front later. */
class Results {
  readonly #pending: Pending[] = [];

  add(data: TestData, isPassed: boolean): void {
    const file = relative('.', data.file ?? '');
    for (const inner of this.#pending.toReversed()) {
      if (inner.case.file !== file || inner.nesting <= data.nesting) break;
      if (inner.nesting === data.nesting + inner.path.length + 1) inner.path.unshift(data.name);
    }
    if (data.details.type === 'suite') return;
    this.#pending.push({ nesting: data.nesting, path: [], case: toCase(data, file, isPassed) });
  }

  cases(): PostedCase[] {
    return this.#pending.map(({ path, case: item }) => ({
      ...item,
      suite: [item.file, ...path].join(' › '),
    }));
  }
}

function toCase({ name, line, skip, todo, details }: TestData, file: string, isPassed: boolean) {
  const isSkipped = skip !== undefined || todo !== undefined;
  const status = isSkipped ? 'skipped' : isPassed ? 'passed' : 'failed';
  const error = details.error?.cause instanceof Error ? details.error.cause : details.error;
  return {
    suite: file,
    name,
    status,
    durationMs: details.duration_ms,
    file,
    line,
    ...(status === 'failed' && { errorMessage: error?.message ?? 'failed', stack: error?.stack }),
  } satisfies PostedCase;
}

async function send(key: string, cases: PostedCase[], startedAt: number): Promise<string> {
  const endpoint = process.env.QLENS_ENDPOINT ?? 'http://127.0.0.1:8080';
  const count = (status: PostedCase['status']) => cases.filter((c) => c.status === status).length;
  const body = {
    repo: process.env.QLENS_REPO ?? 'qualitypilot/qualitypilot',
    commit: git('rev-parse', 'HEAD'),
    branch: git('rev-parse', '--abbrev-ref', 'HEAD'),
    framework: 'node-test',
    startedAt: new Date(startedAt).toISOString(),
    summary: {
      total: cases.length,
      passed: count('passed'),
      failed: count('failed'),
      skipped: count('skipped'),
      durationMs: Date.now() - startedAt,
    },
    cases,
  };
  try {
    const answer = await fetch(`${endpoint}/api/v1/test-runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) return `results were not posted: ${answer.status} ${text}\n`;
    return `results posted: ${(JSON.parse(text) as { url: string }).url}\n`;
  } catch (error) {
    return `results were not posted to ${endpoint}: ${(error as Error).message}\n`;
  }
}

/** undefined outside of a git checkout. */
function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
