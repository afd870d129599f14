import { breakageAt } from './two-state.ts';

/** One executed variant at a commit of the default branch. */
export type StartingTest = {
  failing: number;
  passing: number;
  /** whether its unit before had a pass; false where there is none */
  passedBefore: boolean;
  /**
   * `finalFailure` at the `goodRate` of a filter that was run up to the unit before with the usual
   * breakage everywhere, so that what is counted here does not depend on itself; null where nothing
   * failed in those units.
   */
  rate: number | null;
};

/**
 * How many tests began to fail at one commit, against how many would have by flaking: of both only
 * those that could begin, having passed before. A sum, so the order of tests does not matter.
 */
export class CommitStart {
  failing = 0;
  expected = 0;

  add({ failing, passing, passedBefore, rate }: StartingTest): void {
    if (!passedBefore || (failing === 0 && passing === 0)) return;
    if (passing === 0) this.failing++;
    this.expected += rate ?? 0;
  }

  /** P(the code broke) at this commit, for its units. */
  get breakage(): number {
    return breakageAt(this.failing, this.expected);
  }

  /** Tests beyond the expected ones. */
  get excess(): number {
    return Math.max(0, this.failing - this.expected);
  }
}
