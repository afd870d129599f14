import type { Case, Status } from './model.ts';
import { statuses } from './model.ts';

/** What a case says beyond its columns; kept only where it says anything. */
export type CaseText = {
  position: number;
  errorMessage: string | null;
  stack: string | null;
  file: string | null;
  line: number | null;
};

/** Where the parts of a name lie in a table's bytes; `from === to` means absent. */
export const SPAN = {
  suiteFrom: 0,
  suiteTo: 1,
  nameFrom: 2,
  nameTo: 3,
  fileFrom: 4,
  fileTo: 5,
  classFrom: 6,
  classTo: 7,
};
export const SPANS = 8;

const codeOf = new Map(statuses.map((status, code) => [status, code]));

export type CaseColumns = Pick<CaseTable, 'statuses' | 'durations' | 'attempts' | 'spans'>;

const emptyColumns = (capacity: number): CaseColumns => ({
  statuses: new Uint8Array(capacity),
  durations: new Float64Array(capacity),
  attempts: new Uint16Array(capacity),
  spans: new Uint32Array(capacity * SPANS),
});

/** Most runs of some senders have no cases: they share what holds none. */
const noBytes = new Uint8Array();
const noColumns = emptyColumns(0);

/**
 * The cases of one upload as columns. A case comes in either way: as an object, or as spans of the
 * uploaded bytes, so that a name that is known already never becomes a string.
 */
export class CaseTable {
  /** the uploaded bytes that spans point into */
  readonly bytes: Uint8Array;
  readonly texts: CaseText[] = [];
  /** cases that came as objects, by position */
  readonly objects = new Map<number, Case>();
  count = 0;
  statuses: Uint8Array;
  durations: Float64Array;
  attempts: Uint16Array;
  /** SPANS numbers per case */
  spans: Uint32Array;
  /** NaN where not reported; null while no case says */
  startedAtMs: Float64Array | null = null;

  /** `columns` may be those of a table that is done with, with their spans at 0. */
  constructor(bytes: Uint8Array, capacity: number, columns = emptyColumns(capacity)) {
    this.bytes = bytes;
    this.statuses = columns.statuses;
    this.durations = columns.durations;
    this.attempts = columns.attempts;
    this.spans = columns.spans;
  }

  static of(cases: readonly Case[]): CaseTable {
    if (cases.length === 0) return new CaseTable(noBytes, 0, noColumns);
    const table = new CaseTable(noBytes, cases.length);
    for (const item of cases) table.push(item);
    return table;
  }

  /** Makes room for one more case; to be called before its columns are written. */
  reserve(): void {
    if (this.count < this.statuses.length) return;
    const capacity = Math.max(1, this.statuses.length * 2);
    this.statuses = grown(this.statuses, new Uint8Array(capacity));
    this.durations = grown(this.durations, new Float64Array(capacity));
    this.attempts = grown(this.attempts, new Uint16Array(capacity));
    this.spans = grown(this.spans, new Uint32Array(capacity * SPANS));
    if (this.startedAtMs) {
      this.startedAtMs = grown(this.startedAtMs, new Float64Array(capacity).fill(Number.NaN));
    }
  }

  /** Adds a case given as an object. */
  push(item: Case): void {
    this.reserve();
    const position = this.count++;
    this.objects.set(position, item);
    this.statuses[position] = codeOf.get(item.status)!;
    this.durations[position] = item.durationMs ?? -1;
    this.attempts[position] = item.attempts;
    if (item.startedAtMs !== null) {
      this.startedAtMs ??= new Float64Array(this.statuses.length).fill(Number.NaN);
      this.startedAtMs[position] = item.startedAtMs;
    }
    this.addText(position, item);
  }

  /** Keeps messages and stacks, and the line of a case that is in trouble. */
  addText(position: number, text: Omit<CaseText, 'position'>): void {
    const { errorMessage, stack, file, line } = text;
    const isTroubled = this.statuses[position] === 1 || this.statuses[position] === 3;
    if (errorMessage === null && stack === null && !(isTroubled && line !== null)) return;
    this.texts.push({ position, errorMessage, stack, file, line });
  }

  countOf(status: Status): number {
    const code = codeOf.get(status);
    let n = 0;
    for (let i = 0; i < this.count; i++) if (this.statuses[i] === code) n++;
    return n;
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(
  from: T,
  into: T,
): T {
  into.set(from);
  return into;
}
