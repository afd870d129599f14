import { CaseTable, type CaseText, SPAN, SPANS } from './case-table.ts';
import type { Case } from './model.ts';

/**
 * The cases of one upload as they cross threads: columns and one run of bytes, which are handed
 * over instead of being copied case by case.
 */
export type PackedCases = {
  count: number;
  bytes: Uint8Array;
  spans: Uint32Array;
  statuses: Uint8Array;
  durations: Float64Array;
  attempts: Uint16Array;
  startedAtMs: Float64Array | null;
  texts: CaseText[];
  /** cases with an explicit identity, by position: few, and found by that instead of by name */
  explicit: [number, Case][];
};

const encoder = new TextEncoder();

/** Table → packed; the table is used up. O(cases + bytes of names). */
export function packCases(table: CaseTable): PackedCases {
  const { count } = table;
  const arena = new Arena();
  const spans = new Uint32Array(count * SPANS);
  const explicit: [number, Case][] = [];
  for (let position = 0; position < count; position++) {
    const base = position * SPANS;
    const item = table.objects.get(position);
    if (item === undefined) copySpans(table, base, spans, arena);
    else if (item.id !== null) explicit.push([position, item]);
    else {
      writeSpan(spans, base + SPAN.suiteFrom, arena, item.suite);
      writeSpan(spans, base + SPAN.nameFrom, arena, item.name);
      writeSpan(spans, base + SPAN.fileFrom, arena, item.file);
      writeSpan(spans, base + SPAN.classFrom, arena, item.className);
    }
  }
  return {
    count,
    bytes: arena.bytes(),
    spans,
    statuses: table.statuses.slice(0, count),
    durations: table.durations.slice(0, count),
    attempts: table.attempts.slice(0, count),
    startedAtMs: table.startedAtMs?.slice(0, count) ?? null,
    texts: table.texts,
    explicit,
  };
}

/** The memory to hand over with a packed table. */
export const buffersOf = (packed: PackedCases): ArrayBuffer[] =>
  [
    packed.bytes,
    packed.spans,
    packed.statuses,
    packed.durations,
    packed.attempts,
    ...(packed.startedAtMs === null ? [] : [packed.startedAtMs]),
  ].map(({ buffer }) => buffer as ArrayBuffer);

/** Packed → table, without copying. */
export function unpackCases(packed: PackedCases): CaseTable {
  const table = new CaseTable(packed.bytes, 0);
  table.count = packed.count;
  table.spans = packed.spans;
  table.statuses = packed.statuses;
  table.durations = packed.durations;
  table.attempts = packed.attempts;
  table.startedAtMs = packed.startedAtMs;
  table.texts.push(...packed.texts);
  for (const [position, item] of packed.explicit) table.objects.set(position, item);
  return table;
}

function writeSpan(spans: Uint32Array, at: number, arena: Arena, text: string | null): void {
  spans[at] = arena.length;
  if (text !== null) arena.add(text);
  spans[at + 1] = arena.length;
}

function copySpans(table: CaseTable, base: number, spans: Uint32Array, arena: Arena): void {
  for (let part = 0; part < SPANS; part += 2) {
    spans[base + part] = arena.length;
    arena.append(table.bytes.subarray(table.spans[base + part]!, table.spans[base + part + 1]!));
    spans[base + part + 1] = arena.length;
  }
}

/** Bytes that grow on demand. */
class Arena {
  length = 0;
  #bytes = new Uint8Array(64 * 1024);

  add(text: string): void {
    this.#reserve(text.length * 3);
    this.length += encoder.encodeInto(text, this.#bytes.subarray(this.length)).written;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
