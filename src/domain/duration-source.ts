/** Where the results of one variant are written to, beside each other; room for `durations.window`. */
type DurationResults = {
  /** of the commits, in their order, ascending */
  places: Uint32Array;
  /** ln of ms, at least 0 */
  logs: Float64Array;
};

/** The passing results of all variants of one job on the default branch, one per commit. */
export type DurationSource = {
  /** they are numbered from 0 */
  variants: number;
  /** places of commits are 0 … commits - 1 */
  commits: number;
  /** the number of a variant's test: lasting, each once, below 2³² */
  testOf(variant: number): number;
  /** Writes the newest results of a variant that reported a duration; how many. */
  read(variant: number, into: DurationResults): number;
};
