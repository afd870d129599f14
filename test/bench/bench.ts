/**
 * Measures the ingest engine as users run it, beside baselines in the same call.
 * `npm run bench -- [--scale 1M|10M|100M] [--json FILE] [--folder FOLDER] [--no-baselines]`
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../../src/store/store.ts';
import { signIn } from '../helpers/sign-in.ts';
import { killAll, Load, startAppliance, startBareKoa } from './children.ts';
import { type Filled, fill, millions } from './filling.ts';
import { measureDrain, measureJudgingCost, measureVisible } from './judging.ts';
import { builtBinary, measureMemory } from './memory.ts';
import { measurePostgres } from './postgres.ts';
import { measureReading } from './reading.ts';
import { fsyncMs, median, parseAndCheckRate, parseMs } from './reference.ts';
import { holds, Report, table } from './report.ts';
import { measureRowPerCase } from './row-per-case.ts';
import { measureSmallRuns } from './small-runs.ts';

const scales: Record<string, number> = { '1M': 1e6, '10M': 1e7, '100M': 1e8 };
const mostInRows = 1e7;

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1M' },
    json: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
    'no-baselines': { type: 'boolean', default: false },
  },
});
const scale = scales[values.scale];
if (scale === undefined) {
  process.stderr.write('--scale must be 1M, 10M or 100M\n');
  process.exit(2);
}

const folder = mkdtempSync(join(values.folder, 'qualitypilot-bench-'));
const folderOf = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
};
const end = () => {
  killAll();
  rmSync(folder, { recursive: true, force: true });
};
process.once('SIGINT', () => {
  end();
  process.exit(130);
});

try {
  await run(scale);
} finally {
  end();
}

async function run(scale: number): Promise<void> {
  const referenceMs = parseMs();
  const report = new Report(referenceMs);
  report.add({
    id: 'reference',
    what: 'reference: JSON.parse of a 10,000-case body',
    value: referenceMs,
    unit: 'ms',
  });
  report.add({
    id: 'fsync',
    what: 'fsync of the disk, median',
    value: fsyncMs(folder),
    unit: 'ms',
    note: 'durable ratios bind where it is ≤ 1 ms',
  });
  report.add({
    id: 'parse_and_check',
    what: 'JSON.parse and zod in a loop, nothing else',
    value: parseAndCheckRate(),
    unit: 'cases/s',
  });
  const posting = new Load();
  const reading = new Load();
  await posting.prepare();
  await measureFirstStart(report);
  const bare = await startBareKoa();
  const small = await startAppliance(folderOf('small'));
  await measureSmallRuns(report, posting, small, bare, scale > 1e6 ? 9 : 5);
  await small.stop();
  await bare.stop();
  measureJudgingCost(report, scale > 1e6 ? 260 : 60);
  const filled = await measureFilled(report, posting, reading, scale);
  await measureMemory(report, posting, folderOf('memory'), builtBinary());
  posting.end();
  reading.end();
  if (!values['no-baselines']) await measureBaselines(report, Math.min(scale, mostInRows), filled);
  print(report);
}

async function measureFirstStart(report: Report): Promise<void> {
  const taken: number[] = [];
  for (const name of ['start-1', 'start-2', 'start-3']) {
    const appliance = await startAppliance(folderOf(name), { hasProbe: false });
    taken.push(appliance.readyMs);
    await appliance.stop();
  }
  report.add({
    id: 'first_start',
    what: 'ready on an empty folder',
    value: median(taken) / 1000,
    unit: 's',
    target: { atMost: 2 },
    note: 'run from source',
  });
}

async function measureFilled(
  report: Report,
  posting: Load,
  reading: Load,
  scale: number,
): Promise<Filled> {
  const data = folderOf('filled');
  const file = join(data, 'qualitypilot.db');
  const appliance = await startAppliance(data);
  const filled = await fill(report, posting, appliance, scale);
  await measureDrain(report, appliance);
  await measureVisible(report, posting, appliance, scale > 1e6 ? 10 : 4);
  const { key } = appliance;
  await appliance.stop();
  const { size } = statSync(file);
  report.add({
    id: 'bytes_per_case',
    what: `at rest, ${millions(filled.cases)} cases`,
    value: size / filled.cases,
    unit: 'bytes/case',
    target: { atMost: 8 },
    note: `${(size / 1e6).toFixed(0)} MB`,
  });
  const cookie = await signInTo(data);
  const again = await startAppliance(data, { key });
  report.add({
    id: 'start',
    what: `ready on a file of ${(size / 1e6).toFixed(0)} MB`,
    value: again.readyMs / 1000,
    unit: 's',
    target: { atMost: 1 },
  });
  await measureReading(report, { posting, reading }, again, filled, cookie, scale > 1e6 ? 15 : 6);
  await again.stop();
  rmSync(data, { recursive: true });
  return filled;
}

/** The cookie of a person who may read all pages; made while nothing runs on the folder. */
async function signInTo(folder: string): Promise<string> {
  const onFailure = (exit: Error) => {
    throw exit;
  };
  const nowMs = Date.now();
  const { store } = await openStore({ folder, nowMs, pid: process.pid, readers: 1, onFailure });
  const cookie = await signIn(store);
  await store.close();
  return cookie;
}

async function measureBaselines(report: Report, cases: number, filled: Filled): Promise<void> {
  const volume = millions(cases);
  const rows = await measureRowPerCase(folder, cases);
  report.add({
    id: 'rows_rate',
    what: `a row per case in SQLite, at ${volume}`,
    value: rows.rateAtEnd,
    unit: 'cases/s',
    note: `${rows.bytesPerCase.toFixed(0)} bytes/case; parses JSON, no HTTP, no checks`,
  });
  report.add({
    id: 'rows_ratio',
    what: '10,000-case runs against a row per case',
    value: filled.rate / rows.rateAtEnd,
    unit: '×',
    target: { atLeast: 10 },
  });
  const postgres = await measurePostgres(folder, cases);
  report.add({
    id: 'postgres_rate',
    what: `COPY of a row per case into PostgreSQL, at ${volume}`,
    value: postgres?.rateAtEnd ?? Number.NaN,
    unit: 'cases/s',
    note:
      postgres === null ? 'PostgreSQL is absent' : `${postgres.bytesPerCase.toFixed(0)} bytes/case`,
  });
  if (postgres !== null)
    report.add({
      id: 'postgres_ratio',
      what: '10,000-case runs against COPY',
      value: filled.rate / postgres.rateAtEnd,
      unit: '×',
    });
}

function print(report: Report): void {
  const machine = `${cpus().length} cores (${cpus()[0]!.model}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;
  process.stdout.write(`\nScale ${values.scale}; ${machine}\n\n${table(report.rows)}\n`);
  const missed = report.rows.filter((row) => holds(row) === false).map(({ id }) => id);
  process.stdout.write(
    missed.length === 0 ? '\nAll targets hold.\n' : `\nMissed: ${missed.join(', ')}\n`,
  );
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ scale: values.scale, machine, missed, rows: report.rows }, null, 2)}\n`,
    );
  }
}
