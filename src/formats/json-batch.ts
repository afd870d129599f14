import { type ReadRun, readTestRun } from '../contract/test-run.ts';
import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseJson } from './json.ts';

/** One run of a batch: read, or refused on its own. */
export type BatchEntry = ReadRun | { error: AppError };

/**
 * `{"runs": […]}` → its runs, in order. Throws where the batch itself is at fault; a fault inside
 * one run concerns that run only.
 */
export function readBatch(bytes: Uint8Array, nowMs: number): BatchEntry[] {
  const body = parseJson(bytes);
  const runs = (body as { runs?: unknown } | null)?.runs;
  if (!Array.isArray(runs)) {
    throw new AppError('invalid_body', 'runs must be a list of test runs', { path: 'runs' });
  }
  const max = limits.runsPerBatch.value;
  if (runs.length === 0 || runs.length > max) {
    throw new AppError('invalid_body', `runs must have 1 to ${max} entries`, { path: 'runs' });
  }
  return runs.map((run) => readEntry(run, nowMs));
}

function readEntry(run: unknown, nowMs: number): BatchEntry {
  try {
    return readTestRun(run, nowMs);
  } catch (error) {
    if (error instanceof AppError) return { error };
    throw error;
  }
}
