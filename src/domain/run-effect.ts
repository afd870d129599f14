import { durations } from './analytics-params.ts';
import { median, medianInPlace } from './median.ts';

/** What one run took: passing results of one job on the default branch, each test once. */
export type RunDurations = { tests: ArrayLike<number>; durationsMs: ArrayLike<number> };

export type AdjustedRun = {
  /** how much slower (log) than usual the whole run was; 0 where too few tests have a history */
  effect: number;
  /** log ms without that effect, beside the tests; at least ln 5 ms */
  values: Float64Array;
};

/**
 * Takes slow machines out of durations: each run's effect is the median over its tests of how far
 * they are off their own running medians. Those are of adjusted values, so that multiplying all
 * durations of a run changes its effect and nothing else. Runs must come in order. 252 bytes a test.
 */
export class RunEffects {
  readonly #size = durations.runEffect.medianOver;
  /** the newest adjusted values of each test, `#size` places a test, in a ring */
  #rings = new Float64Array(0);
  #counts = new Int32Array(0);
  readonly #scratch = new Float64Array(durations.runEffect.medianOver);

  /** One more run. O(tests of the run). Durations are finite and ≥ 0. */
  add({ tests, durationsMs }: RunDurations): AdjustedRun {
    const effect = this.#effectOf(tests, durationsMs);
    const values = Float64Array.from(durationsMs, (ms) =>
      Math.max(Math.log(ms) - effect, Math.log(durations.floorMs)),
    );
    values.forEach((value, i) => {
      this.#keep(tests[i]!, value);
    });
    return { effect, values };
  }

  #effectOf(tests: ArrayLike<number>, durationsMs: ArrayLike<number>): number {
    const off: number[] = [];
    for (let i = 0; i < tests.length; i++) {
      const usual = this.#usual(tests[i]!);
      if (usual === null || durationsMs[i] === 0) continue;
      off.push(Math.log(durationsMs[i]!) - usual);
    }
    return off.length < durations.runEffect.tests ? 0 : median(off);
  }

  /** Null without a history, and below 20 ms, where durations are mostly the grain of a clock. */
  #usual(test: number): number | null {
    const count = this.#counts[test] ?? 0;
    if (count < durations.runEffect.results) return null;
    const size = Math.min(count, this.#size);
    for (let i = 0; i < size; i++) this.#scratch[i] = this.#rings[test * this.#size + i]!;
    const usual = medianInPlace(this.#scratch, size);
    return usual < Math.log(durations.minMedianMs) ? null : usual;
  }

  #keep(test: number, value: number): void {
    if (test >= this.#counts.length) this.#grow(test);
    const count = this.#counts[test]!;
    this.#rings[test * this.#size + (count % this.#size)] = value;
    this.#counts[test] = count + 1;
  }

  #grow(test: number): void {
    const capacity = Math.max(64, 2 * this.#counts.length, test + 1);
    const [rings, counts] = [this.#rings, this.#counts];
    this.#rings = new Float64Array(capacity * this.#size);
    this.#rings.set(rings);
    this.#counts = new Int32Array(capacity);
    this.#counts.set(counts);
  }
}
