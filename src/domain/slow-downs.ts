import { durations } from './analytics-params.ts';
import { believed } from './benjamini-hochberg.ts';
import { commitEffects } from './commit-effects.ts';
import { type LevelChange, levelChanges } from './duration-changes.ts';
import { DurationScreen, screenScale } from './duration-screen.ts';
import type { DurationSource } from './duration-source.ts';
import { median } from './median.ts';

/** A lasting slow-down; without the effect of slow machines. */
type Slowness = {
  /** of the first slow commit */
  place: number;
  /** duration after / before */
  ratio: number;
  p: number;
};

/** A test that takes longer than it did. */
export type SlowDown = Slowness & { variant: number; addedMs: number };

export type DurationJudgement = {
  /** ln of how much slower than usual the machines were, by place of commit; NaN: not known */
  effects: Float64Array;
  /** that all tests take longer than they did; null: they do not */
  wholeRun: Slowness | null;
  /** in the order of test numbers; without those that began where the whole run became slower */
  slowDowns: SlowDown[];
  /** tests that were looked at */
  screened: number;
};

/** Variants that are screened between two pauses; a closer look costs as much as fifty. */
const slice = 1000;
const closerLook = 50;

/**
 * Judges all durations of a job: which tests take lastingly longer, by 10 % and 50 ms at least and
 * sure enough among all that were looked at, after the effects of slow machines are taken out. One
 * finding stands for all where the runs themselves became slower. A function of the set of results:
 * the numbers of variants and the order of arrival do not matter. About 2 µs for a variant of 200
 * results, and 0.1 ms for one in a hundred; yields every few ms.
 */
export function* judgeDurations(source: DurationSource): Generator<void, DurationJudgement, void> {
  const effects = yield* commitEffects(source);
  yield;
  const wholeRun = wholeRunSlowDown(effects);
  const { found, screened } = yield* suspectsOf(source, effects);
  const sure = believed(
    found.map(({ p }) => p),
    screened,
    durations.alert.falseDiscoveryRate,
  );
  const own = found.filter(
    ({ place }, i) =>
      sure[i] && (wholeRun === null || Math.abs(place - wholeRun.place) >= durations.minSegment),
  );
  const slowDowns = own.sort((a, b) => source.testOf(a.variant) - source.testOf(b.variant));
  return { effects, wholeRun, slowDowns, screened };
}

function* suspectsOf(source: DurationSource, effects: Float64Array) {
  const results = new AdjustedResults(source, effects);
  const screen = new DurationScreen();
  const found: SlowDown[] = [];
  let [screened, work] = [0, 0];
  for (let variant = 0; variant < source.variants; variant++) {
    if (work >= slice) {
      work = 0;
      yield;
    }
    work++;
    const count = results.read(variant);
    if (count < 2 * durations.minSegment || results.mean < least) continue;
    screened++;
    if (!screen.isSuspect(results.scaled, count)) continue;
    work += closerLook;
    const last = lastSlowDown(results.logs.slice(0, count));
    if (last === null) continue;
    const { index, ...slowDown } = last;
    found.push({ variant, place: results.places[index]!, ...slowDown });
  }
  return { found, screened };
}

const least = Math.log(durations.minMedianMs);
const floor = Math.log(durations.floorMs);

/** The results of one variant after another, without the effects of slow machines, at least 5 ms each. */
class AdjustedResults {
  readonly places = new Uint32Array(durations.window);
  readonly logs = new Float64Array(durations.window);
  /** as a screen wants them */
  readonly scaled = new Int32Array(durations.window);
  /** of the logs */
  mean = 0;
  readonly #source: DurationSource;
  readonly #effects: Float64Array;

  constructor(source: DurationSource, effects: Float64Array) {
    this.#source = source;
    this.#effects = effects.map((effect) => (Number.isNaN(effect) ? 0 : effect));
  }

  /** How many. */
  read(variant: number): number {
    const count = this.#source.read(variant, this);
    const { places, logs, scaled } = this;
    const effects = this.#effects;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const value = Math.max(floor, logs[i]! - effects[places[i]!]!);
      logs[i] = value;
      scaled[i] = value * screenScale;
      sum += value;
    }
    this.mean = sum / count;
    return count;
  }
}

/**
 * The last change of a series of ln of ms where it is an increase of 10 % and 50 ms at least; null
 * where it is not, or where the test takes less than 20 ms. `index` into the series. O(n²).
 */
export function lastSlowDown(
  values: Float64Array,
): (Pick<SlowDown, 'ratio' | 'addedMs' | 'p'> & { index: number }) | null {
  if (values.length === 0 || median(values) < least) return null;
  const last = levelChanges(values).at(-1);
  if (last === undefined) return null;
  const ratio = ratioOf(last);
  const addedMs = Math.exp(last.after) - Math.exp(last.before);
  if (ratio < durations.alert.ratio || addedMs < durations.alert.ms) return null;
  return { index: last.index, ratio, addedMs, p: last.p };
}

/** Whether the last change of the effects of commits is for the worse; null where it is not. O(n²). */
function wholeRunSlowDown(effects: Float64Array): Slowness | null {
  const known = Array.from(effects.keys()).filter((place) => !Number.isNaN(effects[place]!));
  const newest = known.slice(-durations.window);
  const last = levelChanges(Float64Array.from(newest, (place) => effects[place]!)).at(-1);
  if (last === undefined || ratioOf(last) < durations.alert.ratio) return null;
  return { place: newest[last.index]!, ratio: ratioOf(last), p: last.p };
}

const ratioOf = ({ before, after }: LevelChange): number => Math.exp(after - before);
