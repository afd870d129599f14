/**
 * How well slow-downs of tests are found: a simulated history of known steps and trends under noise
 * that is log-normal, correlated and spiky, on runners of which some are slow. Prints, per size of
 * step, how many are told, and how many tests are told wrongly: as judged, with every series looked at
 * closely instead of those that the screen suspects, and without taking the effects of commits out.
 * And how far those effects are off the true ones.
 *
 *   npm run evaluate -- --task durations
 *   node test/evaluation/durations.ts [--tests 4000] [--commits 200] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { durations } from '../../src/domain/analytics-params.ts';
import { believed } from '../../src/domain/benjamini-hochberg.ts';
import { judgeDurations, lastSlowDown } from '../../src/domain/slow-downs.ts';
import { chance, normal } from '../domain/chance.ts';
import { atOnce, sourceOf } from '../domain/duration-table.ts';

/** What is true of a test: `step` times slower from commit `at` on, or `trend` slower with each. */
type Truth = { step: number; at: number; trend: number };

const steps = [1.05, 1.1, 1.25, 1.5, 2];

const { values } = parseArgs({
  options: {
    tests: { type: 'string', default: '4000' },
    commits: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const [tests, commits] = [Number(values.tests), Number(values.commits)];
const next = chance(Number(values.seed));

const truths = Array.from({ length: tests }, (): Truth => {
  const kind = next();
  const at = Math.floor(commits * (0.3 + 0.6 * next()));
  if (kind < 0.1) return { step: steps[Math.floor(next() * steps.length)]!, at, trend: 0 };
  return { step: 1, at, trend: kind < 0.12 ? 5e-4 : 0 };
});
const effects = Array.from(
  { length: commits },
  () => 0.15 * normal(next) + (next() < 0.05 ? 0.7 : 0),
);
const rows = truths.map(({ step, at, trend }, test) => {
  const level = Math.log(20) + next() * Math.log(3000);
  const sigma = 0.05 + 0.45 * next();
  let noise = normal(next);
  const logs = effects.map((effect, commit) => {
    noise = 0.3 * noise + Math.sqrt(1 - 0.09) * normal(next);
    const spike = next() < 0.02 ? Math.log(3) : 0;
    const shift = (commit >= at ? Math.log(step) : 0) + trend * commit;
    return level + sigma * noise + spike + shift + effect;
  });
  return { test, logs };
});
const source = sourceOf(rows, commits);

/** Every series looked at closely, after these effects were taken out. */
function withoutScreen(effects: ArrayLike<number>): number[] {
  const found = rows.flatMap(({ test, logs }) => {
    const values = Float64Array.from(logs, (log, commit) =>
      Math.max(Math.log(durations.floorMs), log - effects[commit]!),
    );
    const last = lastSlowDown(values.slice(-durations.window));
    return last === null ? [] : [{ test, p: last.p }];
  });
  const ps = found.map(({ p }) => p);
  const sure = believed(ps, tests, durations.alert.falseDiscoveryRate);
  return found.filter((_, i) => sure[i]).map(({ test }) => test);
}

function print(title: string, tell: () => number[]): void {
  const started = process.cpuUsage();
  const told = new Set(tell());
  const { user } = process.cpuUsage(started);
  console.log(`${title}: ${(user / tests).toFixed(1)} µs of CPU per test`);
  for (const step of steps) {
    const those = truths.flatMap((truth, test) => (truth.step === step ? [test] : []));
    const found = those.filter((test) => told.has(test)).length;
    console.log(`  +${Math.round(100 * (step - 1))} %: ${found} of ${those.length} told`);
  }
  const count = (is: (truth: Truth) => boolean): string => {
    const those = truths.flatMap((truth, test) => (is(truth) ? [test] : []));
    return `${those.filter((test) => told.has(test)).length} of ${those.length}`;
  };
  console.log(`  trend: ${count(({ trend }) => trend > 0)} told`);
  console.log(`  nothing: ${count(({ step, trend }) => step === 1 && trend === 0)} told wrongly`);
}

const judgement = atOnce(judgeDurations(source));
const off = judgement.effects.map((effect, commit) => effect - effects[commit]!);
const mean = off.reduce((sum, each) => sum + each, 0) / commits;
const spread = Math.sqrt(off.reduce((sum, each) => sum + (each - mean) ** 2, 0) / commits);
console.log(`effects of commits are off by ${spread.toFixed(4)} (standard deviation)`);
print('as judged', () => atOnce(judgeDurations(source)).slowDowns.map(({ variant }) => variant));
print('every series looked at closely', () => withoutScreen(judgement.effects));
print('effects left in', () => withoutScreen(new Float64Array(commits)));
