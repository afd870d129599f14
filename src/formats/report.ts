import type { Warning } from '../domain/model.ts';
import type { PackedCases } from '../domain/packed-cases.ts';

/** What a foreign report came to, as it goes to the writer. */
export type ReadReport = {
  /** the contract's test run without cases: metadata as given, summary as counted */
  head: Record<string, unknown>;
  cases: PackedCases;
  /** cases beyond the limit: counted in the summary, not stored */
  casesDropped: number;
  warnings: Warning[];
  /** SHA-256 of the bytes of all its files, in order, and of the fields that came with them */
  digest: Uint8Array;
};
