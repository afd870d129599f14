import type { FlakeScore, Point } from './series.ts';

/** One cell of the grid: the outcome of a test in one column. */
export type Cell = 'pass' | 'fail' | 'flaky';

/**
 * TestGrid's flakiness in percent: changes from pass to fail over the cells considered; a flaky cell
 * is a change by itself. Three failures in a row or more are a breakage and not considered.
 */
export function gridFlakiness(cells: readonly Cell[]): number {
  let [flips, considered, row] = [0, 0, 0];
  let last: 'pass' | 'fail' = 'pass';
  const endRow = () => {
    if (row > 0 && row < 3) {
      considered += row;
      if (last === 'pass') flips++;
    }
    if (row > 0) last = 'fail';
    row = 0;
  };
  for (const cell of cells) {
    if (cell === 'fail') {
      row++;
      continue;
    }
    endRow();
    considered++;
    if (cell === 'flaky') flips++;
    else last = 'pass';
  }
  endRow();
  return considered === 0 ? 0 : (100 * flips) / considered;
}

const cellOf = ({ runs, failed, unexpected }: Point): Cell =>
  failed === runs ? 'fail' : unexpected > 0 ? 'flaky' : 'pass';

export const testGrid: FlakeScore = (points) => gridFlakiness(points.map(cellOf));
