import type { Notes } from '../contract/test-run.ts';
import type { ReadCases } from './case-collector.ts';
import { CtrfReader } from './ctrf/ctrf-reader.ts';
import { GoTestReader } from './gotest/gotest-reader.ts';
import { JunitReader } from './junit/junit-reader.ts';

/**
 * Takes one report as it comes; `end` once, after the last piece. Both throw the AppError to
 * answer. Pieces must stay as they are until `end`.
 */
export type ReportReader = {
  write(bytes: Uint8Array): void;
  end(): ReadCases;
};

/** The formats of other tools that can be uploaded, by the last part of their path. */
export const reportReaders: Record<ReportFormat, (notes: Notes) => ReportReader> = {
  junit: (notes) => new JunitReader(notes),
  ctrf: (notes) => new CtrfReader(notes),
  gotest: (notes) => new GoTestReader(notes),
};

export const reportFormats = ['junit', 'ctrf', 'gotest'] as const;
export type ReportFormat = (typeof reportFormats)[number];
