import { readFileSync } from 'node:fs';

/**
 * True failure rates of tests, in [0, 1], from a CSV with the columns `NumFailingRuns` and
 * `NumPassingRuns`: how often each test failed and passed when the same code was run again and
 * again. Throws where a column is missing.
 */
export function readRates(file: string): number[] {
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const columns = head!.split(',');
  // Counted from the end, because names of tests hold commas.
  const place = (name: string): number => {
    const at = columns.indexOf(name);
    if (at < 0) throw new Error(`${file} has no column ${name}`);
    return at - columns.length;
  };
  const [failing, passing] = [place('NumFailingRuns'), place('NumPassingRuns')];
  return lines.map((line) => {
    const cells = line.split(',');
    const failed = Number(cells.at(failing));
    return failed / (failed + Number(cells.at(passing)));
  });
}

const logUniform = (low: number, high: number, next: () => number): number =>
  low * (high / low) ** next();

/**
 * Rates where no file is given: of 1,000 tests 970 never fail on good code and 3 always do; of the
 * 27 others a quarter fails less than once in 200 runs, half between that and 5 %, and a quarter
 * anywhere between 5 % and 90 %.
 */
export function syntheticRate(next: () => number): number {
  const kind = next() * 1000;
  if (kind < 970) return 0;
  if (kind < 973) return 1;
  const part = next();
  if (part < 0.25) return logUniform(1e-4, 5e-3, next);
  return part < 0.75 ? logUniform(5e-3, 0.05, next) : 0.05 + 0.85 * next();
}

/** As many rates as wanted: drawn without replacement as long as there are any left. */
export function drawRates(
  tests: number,
  from: readonly number[] | null,
  next: () => number,
): Float64Array {
  if (from === null) return Float64Array.from({ length: tests }, () => syntheticRate(next));
  let pool: number[] = [];
  return Float64Array.from({ length: tests }, () => {
    if (pool.length === 0) pool = [...from];
    const at = Math.floor(next() * pool.length);
    const drawn = pool[at]!;
    pool[at] = pool.at(-1)!;
    pool.pop();
    return drawn;
  });
}
