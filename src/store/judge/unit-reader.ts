import { flakiness, twoState } from '../../domain/analytics-params.ts';
import { unpackAttempts } from '../../domain/commit-unit.ts';
import { Units } from '../../domain/units.ts';
import type { RepoState } from './repo-state.ts';
import type { Ring } from './rings.ts';

/** P(the code broke) at each commit of each cell, by `at`. */
export type Breakages = { values: Float64Array; cells: number };

const oldestExponent = -1000;

/** What something of a time counts beside the newest; halves with each half-life, and never is 0. */
export const decayWeight = (timeMs: number, newestMs: number, halfLifeMs: number): number =>
  2 ** Math.max(oldestExponent, (timeMs - newestMs) / halfLifeMs);

/**
 * What all variants of a repo are judged by, laid out by commit number: made once per evaluation. The
 * weights halve with age, seen from the newest commit.
 */
export class UnitReader {
  readonly state: RepoState;
  readonly isPull: Uint8Array;
  readonly places: Uint32Array;
  readonly timesMs: Float64Array;
  readonly weights: Float64Array;
  /** the oldest commit that any cell looks at; nothing is laid out of those before it */
  readonly firstRank: number;
  readonly windows: { default: number; pull: number; isCut: boolean }[];
  readonly units = new Units();
  /** commit number of each unit */
  readonly commits = new Uint32Array(this.units.capacity);
  readonly #ring: Ring = { chunk: null as never, base: 0, count: 0 };

  constructor(state: RepoState) {
    this.state = state;
    const { byNo, sorted } = state.order;
    const n = byNo.length;
    this.windows = state.cells.map((cell) => state.windowOf(cell));
    const firsts = this.windows.map((window) => Math.min(window.default, window.pull));
    this.firstRank = firsts.length === 0 ? 0 : Math.min(...firsts);
    this.isPull = new Uint8Array(n);
    this.places = new Uint32Array(n);
    this.timesMs = new Float64Array(n);
    this.weights = new Float64Array(n);
    const newestMs = sorted.at(-1)?.timeMs ?? 0;
    for (let rank = this.firstRank; rank < n; rank++) {
      const { no, isPull, place, timeMs } = sorted[rank]!;
      this.isPull[no] = Number(isPull);
      this.places[no] = place;
      this.timesMs[no] = timeMs;
      this.weights[no] = decayWeight(timeMs, newestMs, flakiness.halfLifeMs);
    }
  }

  /** All variants by test number, then cell: the one order in which sums are made. */
  *variants(): Generator<number, void, void> {
    const { cells } = this.state;
    const tests = cells.reduce((most, { variants }) => Math.max(most, variants.length), 0);
    for (let test = 0; test < tests; test++) {
      for (const { variants } of cells) {
        const variant = variants[test] ?? -1;
        if (variant >= 0) yield variant;
      }
    }
  }

  /** The ring of a variant and the first of its units that lies in the window. */
  look(variant: number): { ring: Ring; from: number } {
    const ring = this.state.rings.look(variant, this.#ring);
    let from = 0;
    while (from < ring.count && !this.#isInWindow(variant, ring.chunk.commits[ring.base + from]!)) {
      from++;
    }
    return { ring, from };
  }

  /**
   * Of a variant that never failed: its units, whether they are all it ever had, and its passing
   * attempts as they count today. O(units), and little of it.
   */
  readClean(variant: number): { count: number; isWhole: boolean; passing: number } {
    const { weights } = this;
    const { ring, from } = this.look(variant);
    const { chunk, base } = ring;
    const { commits, passing } = chunk;
    const end = base + ring.count;
    const window = this.windows[this.state.cellOf[variant]!]!;
    const { ranks } = this.state.order;
    // Of those from here on nothing need be asked: all are in the window.
    const sure = Math.max(window.pull, window.default);
    let isSure = false;
    let [sum, count, last] = [0, 0, -1];
    for (let i = base + from; i < end; i++) {
      const commit = commits[i]!;
      if (!isSure) {
        isSure = ranks[commit]! >= sure;
        if (!isSure && !this.#isInWindow(variant, commit)) continue;
      }
      sum += passing[i]! * weights[commit]!;
      last = commit;
      count++;
    }
    const isWhole = this.#isWhole(variant, ring, from, count);
    return { count, isWhole, passing: last < 0 ? 0 : unpackAttempts(sum / weights[last]!) };
  }

  /** Fills `units` with the units of a variant; without breakages the usual ones everywhere. */
  read(variant: number, breakages: Breakages | null): Units {
    const { units, isPull, places, weights, commits: commitOf } = this;
    const { failing, passing, gap, keep, breakage } = units;
    const { ranks } = this.state.order;
    const { ring, from } = this.look(variant);
    const { chunk, base } = ring;
    const { commits, failing: failed, passing: passed } = chunk;
    const end = base + ring.count;
    const cell = this.state.cellOf[variant]!;
    const window = this.windows[cell]!;
    units.clear(true);
    let [lastPlace, lastWeight, n] = [-1, 1, 0];
    for (let i = base + from; i < end; i++) {
      const commit = commits[i]!;
      const rank = ranks[commit]!;
      const pull = isPull[commit]!;
      if (rank < (pull === 1 ? window.pull : window.default)) continue;
      const place = places[commit]!;
      const weight = weights[commit]!;
      failing[n] = unpackAttempts(failed[i]!);
      passing[n] = unpackAttempts(passed[i]!);
      units.isPull[n] = pull;
      gap[n] = pull === 1 || lastPlace < 0 ? 1 : Math.max(1, place - lastPlace);
      keep[n] = n === 0 ? 1 : lastWeight / weight;
      if (breakages !== null) breakage[n] = breakages.values[rank * breakages.cells + cell]!;
      else breakage[n] = pull === 1 ? twoState.pull.breakage : twoState.breakage;
      commitOf[n] = commit;
      lastWeight = weight;
      if (pull === 0) lastPlace = place;
      n++;
    }
    units.count = n;
    units.isWhole = this.#isWhole(variant, ring, from, n);
    return units;
  }

  #isInWindow(variant: number, commit: number): boolean {
    const rank = this.state.order.ranks[commit]!;
    if (rank < this.firstRank) return false;
    const window = this.windows[this.state.cellOf[variant]!]!;
    return rank >= (this.isPull[commit] === 1 ? window.pull : window.default);
  }

  /**
   * Whether its units in the window are all that it ever had: as far as the window can tell. One that is
   * seen from the first commits of a cut window on was there before, and so was one with a full ring.
   */
  #isWhole(variant: number, { chunk, base }: Ring, from: number, count: number): boolean {
    if (count >= this.units.capacity) return false;
    const window = this.windows[this.state.cellOf[variant]!]!;
    if (!window.isCut || count === 0) return true;
    const first = this.state.order.sorted[window.default];
    return this.places[chunk.commits[base + from]!]! > (first?.place ?? 0) + twoState.newTest.units;
  }
}
