import type { OnlineRule } from './series.ts';

/** The plainest rule: nothing passed at two commits in a row. */
export const twoInARow: OnlineRule = () => {
  let row = 0;
  return ({ runs, failed }) => {
    row = failed === runs ? row + 1 : 0;
    return row >= 2;
  };
};
