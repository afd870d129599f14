import { Notes, type ReadRun, readHead, readTestRun } from '../contract/test-run.ts';
import { AppError } from '../errors.ts';
import { parseJson } from './json.ts';
import { scanRun } from './run-scanner.ts';

/**
 * A posted run from its bytes. Bodies as reporters send them take the short way, which makes no
 * object per case; any other, and any faulty one, takes the general way. Both give equal results.
 * Throws the 400 to answer.
 */
export function readRunBytes(bytes: Uint8Array, nowMs: number): ReadRun {
  const notes = new Notes();
  const scanned = mayHaveCases(bytes) ? scanRun(bytes, notes) : null;
  const head = scanned === null ? undefined : tryParse(scanned.head);
  if (scanned === null || head === undefined) return readTestRun(parseJson(bytes), nowMs);
  return readHead(head, scanned.table, nowMs, notes);
}

/** Spelled with an escape it is not found, and the general way reads it. */
const mayHaveCases = ({ buffer, byteOffset, byteLength }: Uint8Array): boolean =>
  Buffer.from(buffer, byteOffset, byteLength).includes('"cases"');

/** undefined where the text is no JSON: the general way then says where the fault lies. */
function tryParse(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
