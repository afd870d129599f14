import { type History, type HistorySpec, simulate, type Variant } from './history.ts';
import { filterStorms, type Step } from './storm-filter.ts';

/** What the caller of the evaluation chose. */
export type Setting = {
  seeds: number;
  firstSeed: number;
  tests: number;
  places: number;
  rates: readonly number[] | null;
};

export type Case = { variant: Variant; retries: number };
export type Sample = { history: History; steps: Step[] };

export const nameOf = ({ variant, retries }: Case): string =>
  `${variant}, ${retries} ${retries === 1 ? 'retry' : 'retries'}`;

/** A history, with the storm filter applied; equal arguments, equal bytes. */
export function sampleOf(setting: Setting, { variant, retries }: Case, seed: number): Sample {
  const { tests, places, rates } = setting;
  const spec: HistorySpec = { seed, variant, retries, tests, places, rates };
  const history = simulate(spec);
  return { history, steps: filterStorms(history) };
}

/** One value per seed; the histories themselves are not kept. */
export const overSeeds = <T>(
  setting: Setting,
  at: Case,
  of: (sample: Sample, seed: number) => T,
): T[] =>
  Array.from({ length: setting.seeds }, (_, i) => {
    const seed = setting.firstSeed + i;
    return of(sampleOf(setting, at, seed), seed);
  });
