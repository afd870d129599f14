import { chance, normal } from './chance.ts';

/** Log durations: `levels` of [ms, results], each with log-normal noise. */
export function logSeries(levels: [number, number][], sigma: number, seed: number): Float64Array {
  const next = chance(seed);
  return Float64Array.from(
    levels.flatMap(([ms, results]) =>
      Array.from({ length: results }, () => Math.log(ms) + sigma * normal(next)),
    ),
  );
}
