/**
 * What is said of a real history, whose truth nobody knows: `--data` is a CSV separated by semicolons
 * with the columns Name, Verdict (1: failed), Cycle and LastRun of the RETECS data sets (IOF/ROL,
 * Paint Control, GSDTSR); each cycle counts as a commit of the default branch.
 *
 *   npm run evaluate -- --task real-history --data FILE
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FAILED, type History, NOT_RUN, PASSED, type SimulatedCommit } from './history.ts';
import { judgeAll, newFailures, tracksOf } from './ours.ts';
import { filterStorms } from './storm-filter.ts';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (values.data === undefined) throw new Error('Say where the history is: --data FILE');
const history = readHistory(values.data);
const steps = filterStorms(history);
const started = process.cpuUsage();
const judged = judgeAll(tracksOf(history, steps));
const alerts = newFailures(history, steps);
const cpuMs = process.cpuUsage(started).user / 1000;

const executions = history.commits.flatMap(({ runs }) =>
  runs.map((run) => run.filter((outcome) => outcome !== NOT_RUN).length),
);
const count = executions.reduce((sum, each) => sum + each, 0);
console.log(`${count} executions of ${history.tests} tests in ${history.places} cycles`);
const storms = steps.reduce((sum, step) => sum + step.storms, 0);
console.log(`${storms} cycles held back as mass failures`);
for (const [health, those] of Map.groupBy(judged, (each) => each.health)) {
  console.log(`${health.padEnd(16)} ${those.length}`);
}
console.log(
  `${alerts.length} new failures told, ${(alerts.length / history.places).toFixed(1)} a cycle`,
);
console.log(`of them passing again within 3 executions: ${alerts.filter(passesSoon).length}`);
console.log(`${cpuMs.toFixed(0)} ms of CPU`);

/** Whether a test told to be broken passed in one of its next three executions. */
function passesSoon({ test, place }: (typeof alerts)[number]): boolean {
  return history.commits
    .slice(place + 1)
    .map(({ runs }) => runs[0]![test]!)
    .filter((outcome) => outcome !== NOT_RUN)
    .slice(0, 3)
    .includes(PASSED);
}

function readHistory(file: string): History {
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const columns = head!.split(';');
  const rows = lines.map((line) => {
    const cells = line.split(';');
    const cell = (name: string) => cells[columns.indexOf(name)]!;
    return { name: cell('Name'), cycle: Number(cell('Cycle')), hasFailed: cell('Verdict') === '1' };
  });
  const names = new Map([...new Set(rows.map(({ name }) => name))].map((name, i) => [name, i]));
  const cycles = [...Map.groupBy(rows, ({ cycle }) => cycle)].sort(([a], [b]) => a - b);
  const commits = cycles.map(([, those], place): SimulatedCommit => {
    const run = new Uint8Array(names.size);
    for (const { name, hasFailed } of those) {
      const test = names.get(name)!;
      run[test] = Math.max(run[test]!, hasFailed ? FAILED : PASSED);
    }
    return { isPull: false, place, runs: [run] };
  });
  return {
    tests: names.size,
    places: commits.length,
    retries: 0,
    commits,
    rates: new Float64Array(names.size),
    meanRates: new Float64Array(names.size),
    faults: [],
    suites: new Uint32Array(names.size),
  };
}
