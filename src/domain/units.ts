import { evidence } from './analytics-params.ts';

/** One commit unit of a variant, in its place among the others. */
export type Unit = {
  /** effective failing and passing attempts, see `commit-unit.ts` */
  failing: number;
  passing: number;
  /** commits of the branch since the unit before, at least 1; not read of a pull request's unit */
  gap: number;
  /** P(the code broke) per commit here, from `breakageAt` or, for a pull request, `pullBreakageAt` */
  breakage: number;
  /** 2^(-time since the unit before / half-life of `flakiness`), in (0, 1]; 1 for the first */
  keep: number;
  /** of a pull request: evidence about the test, no state of the default branch */
  isPull: boolean;
};

/**
 * The newest units of one variant in key order, as columns, so that one object serves all variants
 * in turn without allocation. Runs flagged as storms are not in it.
 */
export class Units {
  readonly capacity: number;
  count = 0;
  /** whether the first unit is the variant's first ever, and not the oldest that was kept */
  isWhole = true;
  readonly failing: Float64Array;
  readonly passing: Float64Array;
  readonly gap: Float64Array;
  readonly breakage: Float64Array;
  readonly keep: Float64Array;
  readonly isPull: Uint8Array;
  /** what the filter of `two-state.ts` said last, by unit: its rate before it, and P(broken) after it */
  readonly rateBefore: Float64Array;
  readonly brokenAfter: Float64Array;

  constructor(capacity = evidence.ringUnits) {
    this.capacity = capacity;
    this.failing = new Float64Array(capacity);
    this.passing = new Float64Array(capacity);
    this.gap = new Float64Array(capacity);
    this.breakage = new Float64Array(capacity);
    this.keep = new Float64Array(capacity);
    this.isPull = new Uint8Array(capacity);
    this.rateBefore = new Float64Array(capacity);
    this.brokenAfter = new Float64Array(capacity);
  }

  /** Empties it for the next variant. */
  clear(isWhole: boolean): void {
    this.count = 0;
    this.isWhole = isWhole;
  }

  /** Throws a RangeError beyond the capacity. */
  push(unit: Unit): void {
    const at = this.count;
    if (at >= this.capacity) throw new RangeError(`more than ${this.capacity} units`);
    this.failing[at] = unit.failing;
    this.passing[at] = unit.passing;
    this.gap[at] = unit.gap;
    this.breakage[at] = unit.breakage;
    this.keep[at] = unit.keep;
    this.isPull[at] = unit.isPull ? 1 : 0;
    this.count++;
  }

  /** Whether nothing ever failed in the first `count` units. */
  isClean(count = this.count): boolean {
    for (let i = 0; i < count; i++) if (this.failing[i]! > 0) return false;
    return true;
  }

  /** The all-fail units of the default branch at the end: how many in a row, and where they begin. */
  failingRow(): { length: number; from: number } {
    let [length, from] = [0, this.count];
    for (let i = this.count - 1; i >= 0; i--) {
      if (this.isPull[i] === 1) continue;
      if (this.passing[i]! > 0 || this.failing[i] === 0) break;
      length++;
      from = i;
    }
    return { length, from };
  }

  /** Units of the default branch. */
  defaultUnits(): number {
    let n = 0;
    for (let i = 0; i < this.count; i++) n += 1 - this.isPull[i]!;
    return n;
  }
}
