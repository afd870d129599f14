/**
 * How well slow-downs of tests are found: a simulated history of known steps and trends under noise
 * that is log-normal, correlated and spiky, on runners of which some are slow. Prints, per size of
 * step, how many are told, and how many tests are told wrongly; with the effects of runs taken out,
 * and without.
 *
 *   node test/evaluation/durations.ts [--tests 1000] [--runs 200] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { RunEffects } from '../../src/domain/run-effect.ts';
import { type SlowDown, slowDowns } from '../../src/domain/slow-downs.ts';
import { chance, normal } from '../domain/chance.ts';

/** What is true of a test: `step` times slower from run `at` on, or `trend` slower with each run. */
type Truth = { step: number; at: number; trend: number };

const steps = [1.05, 1.1, 1.25, 1.5, 2];

const { values } = parseArgs({
  options: {
    tests: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const [tests, runs] = [Number(values.tests), Number(values.runs)];
const next = chance(Number(values.seed));

const truths = Array.from({ length: tests }, (): Truth => {
  const kind = next();
  const at = Math.floor(runs * (0.3 + 0.6 * next()));
  if (kind < 0.1) return { step: steps[Math.floor(next() * steps.length)]!, at, trend: 0 };
  return { step: 1, at, trend: kind < 0.12 ? 5e-4 : 0 };
});
const effects = Array.from({ length: runs }, () => 0.15 * normal(next) + (next() < 0.05 ? 0.7 : 0));
const series = truths.map(({ step, at, trend }) => {
  const level = Math.log(20) + next() * Math.log(3000);
  const sigma = 0.05 + 0.45 * next();
  let noise = normal(next);
  return effects.map((effect, run) => {
    noise = 0.3 * noise + Math.sqrt(1 - 0.09) * normal(next);
    const spike = next() < 0.02 ? Math.log(3) : 0;
    const shift = (run >= at ? Math.log(step) : 0) + trend * run;
    return Math.exp(level + sigma * noise + spike + shift + effect);
  });
});

/** Log durations per test, as the judgement sees them. */
function adjusted(): Float64Array[] {
  const machine = new RunEffects();
  const all = effects.map((_, run) =>
    machine.add({
      tests: truths.map((_, test) => test),
      durationsMs: series.map((durations) => durations[run]!),
    }),
  );
  return truths.map((_, test) => Float64Array.from(all, (run) => run.values[test]!));
}

const raw = (): Float64Array[] => series.map((durations) => Float64Array.from(durations, Math.log));

function toldOf(all: Float64Array[], until: number): SlowDown[] {
  const batch = all.map((log, test) => ({
    test,
    values: log.subarray(Math.max(0, until - 200), until),
  }));
  return slowDowns(batch, tests);
}

function print(title: string, all: Float64Array[]): void {
  const started = process.cpuUsage();
  const told = new Set(toldOf(all, runs).map(({ test }) => test));
  const { user } = process.cpuUsage(started);
  console.log(`${title}: ${(user / 1000 / tests).toFixed(2)} ms of CPU per test`);
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

print('effects of runs taken out', adjusted());
print('as measured', raw());
