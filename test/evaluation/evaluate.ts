/**
 * Judges our formulas beside published rules, on the same simulated histories, and prints what each
 * reached and whether ours reached what it must. docs/evaluation.md explains figures and options.
 *
 *   npm run evaluate -- [--task T] [--rates FILE] [--data DIR] [--seeds N]
 *     [--first-seed N] [--tests N] [--commits N]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formulaVersion } from '../../src/domain/analytics-params.ts';
import { type Variant, variants } from './history.ts';
import { readRates } from './rates.ts';
import type { Case, Setting } from './setting.ts';
import { type Row, summary, tables } from './table.ts';
import { firstBadCommitTask } from './tasks/first-bad-commit.ts';
import { flakes, intervals } from './tasks/flakes.ts';
import { grades } from './tasks/grades.ts';
import { messages } from './tasks/messages.ts';
import { newFailureTask, retryWeights } from './tasks/new-failures.ts';
import { notifications } from './tasks/notifications.ts';

const casesOf = (of: readonly Variant[], retries: readonly number[]): Case[] =>
  of.flatMap((variant) => retries.map((each) => ({ variant, retries: each })));

/** Order matters to retries only. */
const newFailureCases = casesOf(variants, [0, 1]).filter(
  ({ variant, retries }) => variant !== 'order-dependent' || retries > 0,
);

const tasks: Record<string, (setting: Setting) => Row[]> = {
  flakes: (setting) =>
    flakes(setting, [
      ...casesOf(['base', 'burst', 'storm10', 'drift'], [0, 1]),
      { variant: 'order-dependent', retries: 1 },
    ]),
  'new-failures': (setting) => newFailureTask(setting, newFailureCases),
  notifications: (setting) =>
    notifications(setting, casesOf(['base', 'heavy', 'hard', 'burst', 'mass'], [0, 1])),
  'first-bad-commit': firstBadCommitTask,
  grades,
  messages,
  intervals: (setting) => intervals(setting, casesOf(['base'], [0, 1])),
  'retry-weight': (setting) => retryWeights(setting, casesOf(['base', 'burst'], [1])),
};

/** Programs of their own, which take a file or folder of somebody else's data. */
const programs: Record<string, string> = {
  'failure-groups': 'failure-groups.ts',
  durations: 'durations.ts',
  'change-points': 'change-points.ts',
  'log-templates': 'log-templates.ts',
  'real-history': 'real-history.ts',
};

const { values } = parseArgs({
  options: {
    task: { type: 'string' },
    rates: { type: 'string' },
    data: { type: 'string' },
    seeds: { type: 'string', default: '2' },
    'first-seed': { type: 'string', default: '1' },
    tests: { type: 'string', default: '2000' },
    commits: { type: 'string', default: '200' },
  },
});

const program = programs[values.task ?? ''];
if (program !== undefined) {
  const args = values.data === undefined ? [] : ['--data', values.data];
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

const setting: Setting = {
  seeds: Number(values.seeds),
  firstSeed: Number(values['first-seed']),
  tests: Number(values.tests),
  places: Number(values.commits),
  rates: values.rates === undefined ? null : readRates(values.rates),
};
const chosen = values.task === undefined ? Object.keys(tasks) : [values.task];
const { seeds, firstSeed, tests, places, rates } = setting;
const from = rates === null ? 'built in' : `of ${rates.length} tests`;
console.log(
  `formulas ${formulaVersion}; seeds ${firstSeed} to ${firstSeed + seeds - 1}, ${tests} tests, ` +
    `${places} commits of the default branch, rates ${from}`,
);
const all: Row[] = [];
for (const name of chosen) {
  const task = tasks[name];
  if (task === undefined) {
    const known = [...Object.keys(tasks), ...Object.keys(programs)].join(', ');
    throw new Error(`No task ${name}; there are ${known}`);
  }
  const rows = task(setting);
  console.log(`\n${tables(rows)}`);
  all.push(...rows);
}
console.log(`\n${summary(all)}`);
