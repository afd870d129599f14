import { createHash } from 'node:crypto';
import { Notes } from '../contract/test-run.ts';
import { packCases } from '../domain/packed-cases.ts';
import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ReadCases } from './case-collector.ts';
import { CtrfReader } from './ctrf/ctrf-reader.ts';
import { foreignHead } from './foreign-run.ts';
import { GoTestReader } from './gotest/gotest-reader.ts';
import { joinReads } from './join-reads.ts';
import { JunitReader } from './junit/junit-reader.ts';
import type { ReadReport } from './report.ts';

/**
 * Reads one file of a format as it streams in; keeps no hold of what `write` was given. Throws the
 * 400 or 415 to answer.
 */
type FormatReader = { write(bytes: Uint8Array): void; end(): ReadCases };

const readers = {
  junit: (notes: Notes) => new JunitReader(notes),
  ctrf: (notes: Notes) => new CtrfReader(notes),
  gotest: (notes: Notes) => new GoTestReader(notes),
} satisfies Record<string, (notes: Notes) => FormatReader>;

export type ReportFormat = keyof typeof readers;

/** One upload of one or several files of the same format, which become one run. */
export class ReportSession {
  readonly #format: ReportFormat;
  readonly #notes = new Notes();
  readonly #hash = createHash('sha256');
  #reader: FormatReader | null = null;
  #read: ReadCases | null = null;
  #bytes = 0;

  constructor(format: ReportFormat) {
    this.#format = format;
  }

  write(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    const max = limits.streamBytes.value;
    if (this.#bytes > max) {
      throw new AppError('too_large', `the report exceeds ${max} bytes (inflated)`);
    }
    this.#hash.update(bytes);
    this.#reader ??= readers[this.#format](this.#notes);
    this.#reader.write(bytes);
  }

  /** The next bytes begin another file. */
  endFile(): void {
    if (this.#reader === null) return;
    this.#read = joinReads(this.#read, this.#reader.end(), this.#notes);
    this.#reader = null;
    this.#hash.update('\0');
  }

  /** `fields` are what the client says beside the files; it goes before what they tell. */
  end(fields: Record<string, unknown>): ReadReport {
    this.endFile();
    if (this.#read === null) throw new AppError('invalid_body', 'the report is empty');
    const { cases, casesDropped } = this.#read;
    this.#hash.update(JSON.stringify(fields));
    return {
      head: foreignHead(fields, this.#read),
      cases: packCases(cases),
      casesDropped,
      warnings: this.#notes.list(),
      digest: this.#hash.digest(),
    };
  }
}
