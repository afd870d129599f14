/**
 * Measures uploads that stream against the appliance as users run it:
 * `npm run bench:streams`. Each figure is the median of five.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { junitReport } from '../helpers/junit-report.ts';
import { type Appliance, killAll, memoryOf, startAppliance } from './children.ts';
import { median, parseMs } from './reference.ts';
import { Report, table } from './report.ts';

const MiB = 1024 * 1024;
const rounds = 5;
const runs = 1000;
const casesPerRun = 100;

const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-bench-'));
try {
  const appliance = await startAppliance(folder, { hasProbe: false });
  const report = new Report(parseMs());
  await measureJunit(report, appliance);
  await measureLines(report, appliance);
  await appliance.stop();
  process.stdout.write(`\nLoad ${loadavg()[0]!.toFixed(1)}\n\n${table(report.rows)}\n`);
} finally {
  killAll();
  rmSync(folder, { recursive: true, force: true });
}

async function measureJunit(report: Report, appliance: Appliance): Promise<void> {
  const body = Buffer.concat([...junitReport(50 * MiB)]);
  const path = (n: number) => `/junit?repo=bench/junit&runKey=${n}`;
  for (let n = 0; n < 2; n++) await post(appliance, path(n), 'application/xml', body);
  const before = memoryOf(appliance.child).resident;
  writeFileSync(`/proc/${appliance.child.pid}/clear_refs`, '5');
  const taken: number[] = [];
  for (let n = 2; n < 2 + rounds; n++) {
    taken.push(await post(appliance, path(n), 'application/xml', body));
  }
  report.add({
    id: 'junit_50',
    what: '50 MiB of JUnit XML over HTTP, durable 202',
    value: median(taken) / 1000,
    unit: 's',
    target: { atMost: 1.5 },
  });
  report.add({
    id: 'junit_50_memory',
    what: 'growth of memory meanwhile, resident',
    value: memoryOf(appliance.child).peak - before,
    unit: 'MiB',
    target: { atMost: 64 },
    note: 'over idle, warm',
  });
}

/** Streams of runs of the same tests, 1 % failing. */
async function measureLines(report: Report, appliance: Appliance): Promise<void> {
  const cases = Array.from({ length: casesPerRun }, (_, i) => {
    const item = { suite: `src/cart/${i % 5}.test.ts`, name: `adds item ${i}`, durationMs: i };
    return i === 7
      ? { ...item, status: 'failed', errorMessage: 'expected 1, got 2' }
      : { ...item, status: 'passed' };
  });
  const summary = { total: casesPerRun, passed: casesPerRun - 1, failed: 1 };
  const taken: number[] = [];
  for (let n = -1; n < rounds; n++) {
    const lines = Array.from({ length: runs }, (_, i) =>
      JSON.stringify({ repo: 'bench/lines', runKey: `${n} ${i}`, summary, cases }),
    );
    const ms = await post(appliance, '/batch', 'application/x-ndjson', lines.join('\n'));
    if (n >= 0) taken.push(ms);
  }
  report.add({
    id: 'lines',
    what: `${runs} runs of ${casesPerRun} cases as lines, durable 207`,
    value: (runs * casesPerRun) / (median(taken) / 1000),
    unit: 'cases/s',
    target: { atLeast: 500_000 },
    note: `${median(taken).toFixed(0)} ms`,
  });
}

/** Milliseconds until the whole answer is there. */
async function post(
  { port, key }: Appliance,
  path: string,
  type: string,
  body: string | Buffer,
): Promise<number> {
  const from = performance.now();
  const req = request({
    port,
    path: `/api/v1/test-runs${path}`,
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': type, 'content-length': Buffer.byteLength(body) },
  });
  req.end(body);
  const [res] = await once(req, 'response');
  let text = '';
  for await (const chunk of res) text += chunk;
  const isStored = res.statusCode === 202 || (res.statusCode === 207 && !text.includes('"error"'));
  if (!isStored) throw new Error(`${res.statusCode} ${text.slice(0, 300)}`);
  return performance.now() - from;
}
