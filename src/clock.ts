/** Time comes in by the door: nothing below app.ts asks the machine for it. */
export type Clock = {
  /** wall clock, integer ms since the epoch; may jump */
  now(): number;
  /** ms since an arbitrary start; never jumps, for windows and timeouts */
  monotonic(): number;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
