import { durations } from './analytics-params.ts';
import { believed } from './benjamini-hochberg.ts';
import { commitEffects } from './commit-effects.ts';
import { type LevelChange, levelChanges } from './duration-changes.ts';
import { DurationScreen, screenScale } from './duration-screen.ts';
import type { DurationSource } from './duration-source.ts';
import { median } from './median.ts';

/** A slow-down; without the effect of slow machines. */
type Slowness = {
  /** of the first slow commit */
  place: number;
  /** of the commit whose result is the eighth slow one, from which on it could be told */
  toldPlace: number;
  /** of the commit whose result is the eighth after it was faster again; null: it lasts */
  endPlace: number | null;
  /** duration after / before */
  ratio: number;
  p: number;
};

/** A test that takes longer than it did. */
type SlowDown = Slowness & { variant: number; addedMs: number };

export type DurationJudgement = {
  /** ln of how much slower than usual the machines were, by place of commit; NaN: not known */
  effects: Float64Array;
  /** where all tests together took longer than before, in their order */
  wholeRuns: Slowness[];
  /**
   * In the order of test numbers, then places, those included that are over; without those that began
   * where the whole run became slower.
   */
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
  const wholeRuns = wholeRunSlowDowns(effects);
  const { found, screened } = yield* suspectsOf(source, effects);
  const sure = believed(
    found.map(({ p }) => p),
    screened,
    durations.alert.falseDiscoveryRate,
  );
  const isOwn = (place: number) =>
    wholeRuns.every((whole) => Math.abs(place - whole.place) >= durations.minSegment);
  const slowDowns = found
    .filter(({ place }, i) => sure[i] && isOwn(place))
    .sort((a, b) => source.testOf(a.variant) - source.testOf(b.variant) || a.place - b.place);
  return { effects, wholeRuns, slowDowns, screened };
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
    const logs = results.logs.slice(0, count);
    if (median(logs) < least) continue;
    for (const { addedMs, ...slow } of risesIn(logs)) {
      if (addedMs < durations.alert.ms) continue;
      found.push({ variant, addedMs, ...placed(slow, results.places) });
    }
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

/** An increase of level by 10 % at least; indices into the series. */
type Rise = {
  index: number;
  told: number;
  end: number | null;
  ratio: number;
  addedMs: number;
  p: number;
};

/** The increases among the lasting changes of a series, each until the next decrease. O(n²). */
function risesIn(values: Float64Array): Rise[] {
  const changes = levelChanges(values);
  const last = durations.minSegment - 1;
  return changes.flatMap((change, i) => {
    const ratio = ratioOf(change);
    if (ratio < durations.alert.ratio) return [];
    const fall = changes.slice(i + 1).find(({ before, after }) => after < before);
    const end = fall === undefined ? null : fall.index + last;
    const addedMs = Math.exp(change.after) - Math.exp(change.before);
    return [{ index: change.index, told: change.index + last, end, ratio, addedMs, p: change.p }];
  });
}

/**
 * The newest slow-down of a series of ln of ms that lasts: by 10 % and 50 ms at least; null where there
 * is none, or where the test takes less than 20 ms. `index` into the series. O(n²).
 */
export function lastSlowDown(
  values: Float64Array,
): Pick<Rise, 'index' | 'ratio' | 'addedMs' | 'p'> | null {
  if (values.length === 0 || median(values) < least) return null;
  const lasting = risesIn(values).findLast(
    ({ end, addedMs }) => end === null && addedMs >= durations.alert.ms,
  );
  if (lasting === undefined) return null;
  const { index, ratio, addedMs, p } = lasting;
  return { index, ratio, addedMs, p };
}

const placed = (
  { index, told, end, ratio, p }: Omit<Rise, 'addedMs'>,
  places: ArrayLike<number>,
): Slowness => ({
  place: places[index]!,
  toldPlace: places[told]!,
  endPlace: end === null ? null : places[end]!,
  ratio,
  p,
});

/** Where the effects of commits rose lastingly. O(n²). */
function wholeRunSlowDowns(effects: Float64Array): Slowness[] {
  const known = Array.from(effects.keys()).filter((place) => !Number.isNaN(effects[place]!));
  const newest = known.slice(-durations.window);
  const rises = risesIn(Float64Array.from(newest, (place) => effects[place]!));
  return rises.map((rise) => placed(rise, newest));
}

const ratioOf = ({ before, after }: LevelChange): number => Math.exp(after - before);
