import { evidence } from '../../domain/analytics-params.ts';

const capacity = evidence.ringUnits;
/** units of one chunk of memory; size classes divide it, so that no ring lies in two chunks */
const chunkUnits = 64 * capacity;
const leastUnits = 8;
const sizeClasses = 1 + Math.log2(capacity / leastUnits);

/** Units of many variants side by side, 8 bytes each. */
export type Chunk = {
  /** number of the commit */
  commits: Uint32Array;
  /** effective attempts in eighths, see `packAttempts` */
  failing: Uint8Array;
  passing: Uint8Array;
  /** `packDuration` of the shortest passing result; 0 where there is none */
  durations: Uint16Array;
};

/** Where the units of one variant lie: `count` of them from `base` on, in key order. */
export type Ring = { chunk: Chunk; base: number; count: number };

/**
 * The newest 256 units of each variant of a repo. A ring starts with room for 8 units and doubles,
 * so that a variant takes 2.1 KB at most. What falls out, or comes too late to get in, is forgotten:
 * the ring is a function of the set of units, whatever their order of arrival.
 */
export class Rings {
  readonly #chunks: Chunk[] = [];
  #used = chunkUnits;
  /** free places by size class; neighbours that are free make one of the next class */
  readonly #free: Set<number>[] = Array.from({ length: sizeClasses }, () => new Set());
  #starts = new Float64Array(64);
  #counts = new Uint16Array(64);
  #classes = new Uint8Array(64);
  #troubled = new Uint16Array(64);
  variants = 0;

  /** Bytes held. */
  get bytes(): number {
    return this.#chunks.length * chunkUnits * 8 + this.#starts.length * 14;
  }

  /** A new variant without units; its number. */
  open(): number {
    if (this.variants === this.#starts.length) this.#growTable();
    const variant = this.variants++;
    this.#starts[variant] = this.#take(0);
    return variant;
  }

  /** Units in which something failed. */
  troubledOf(variant: number): number {
    return this.#troubled[variant]!;
  }

  countOf(variant: number): number {
    return this.#counts[variant]!;
  }

  /** Fills `into`, so that a loop over variants makes no objects. */
  look(variant: number, into: Ring): Ring {
    const start = this.#starts[variant]!;
    into.chunk = this.#chunks[Math.floor(start / chunkUnits)]!;
    into.base = start % chunkUnits;
    into.count = this.#counts[variant]!;
    return into;
  }

  /**
   * Adds effective attempts (eighths, may be negative where a result was corrected) to the unit of a
   * commit. `ranks`: by commit number. Returns false where a corrected unit had been cut at its
   * highest count, so that what is left of it is not known. O(1) at the newest unit.
   */
  add(
    variant: number,
    commit: number,
    ranks: Uint32Array,
    failing: number,
    passing: number,
    duration: number,
  ): boolean {
    const start = this.#starts[variant]!;
    const chunk = this.#chunks[Math.floor(start / chunkUnits)]!;
    const base = start % chunkUnits;
    const count = this.#counts[variant]!;
    const rank = ranks[commit]!;
    let at = base + count - 1;
    while (at >= base && ranks[chunk.commits[at]!]! > rank) at--;
    if (at >= base && chunk.commits[at] === commit) {
      return this.#change(variant, chunk, at, failing, passing, duration);
    }
    this.#insert(variant, at + 1 - base, commit, failing, passing, duration);
    return true;
  }

  /** Sorts every ring anew after a commit changed its rank. O(units). */
  sort(ranks: Uint32Array): void {
    const ring: Ring = { chunk: this.#chunks[0]!, base: 0, count: 0 };
    for (let variant = 0; variant < this.variants; variant++) {
      const { chunk, base, count } = this.look(variant, ring);
      for (let i = base + 1; i < base + count; i++) sink(chunk, base, i, ranks);
    }
  }

  #change(
    variant: number,
    chunk: Chunk,
    at: number,
    failing: number,
    passing: number,
    duration: number,
  ): boolean {
    const wasCut =
      (failing < 0 && chunk.failing[at] === 255) || (passing < 0 && chunk.passing[at] === 255);
    const hadFailed = chunk.failing[at]! > 0;
    chunk.failing[at] = Math.min(255, chunk.failing[at]! + failing);
    chunk.passing[at] = Math.min(255, chunk.passing[at]! + passing);
    this.#troubled[variant]! += Number(chunk.failing[at]! > 0) - Number(hadFailed);
    const known = chunk.durations[at]!;
    if (duration > 0) chunk.durations[at] = known === 0 ? duration : Math.min(known, duration);
    return !wasCut;
  }

  #insert(
    variant: number,
    index: number,
    commit: number,
    failing: number,
    passing: number,
    duration: number,
  ): void {
    let at = index;
    if (this.#counts[variant] === capacity) {
      if (at === 0) return;
      this.#dropOldest(variant);
      at--;
    } else if (this.#counts[variant]! === leastUnits << this.#classes[variant]!)
      this.#grow(variant);
    const start = this.#starts[variant]!;
    const chunk = this.#chunks[Math.floor(start / chunkUnits)]!;
    const place = (start % chunkUnits) + at;
    const end = (start % chunkUnits) + this.#counts[variant]!++;
    if (place < end)
      for (const column of columnsOf(chunk)) column.copyWithin(place + 1, place, end);
    chunk.commits[place] = commit;
    chunk.failing[place] = Math.min(255, failing);
    chunk.passing[place] = Math.min(255, passing);
    chunk.durations[place] = duration;
    if (failing > 0) this.#troubled[variant]!++;
  }

  #dropOldest(variant: number): void {
    const start = this.#starts[variant]!;
    const chunk = this.#chunks[Math.floor(start / chunkUnits)]!;
    const base = start % chunkUnits;
    if (chunk.failing[base]! > 0) this.#troubled[variant]!--;
    for (const column of columnsOf(chunk)) column.copyWithin(base, base + 1, base + capacity);
    this.#counts[variant]!--;
  }

  #grow(variant: number): void {
    const sizeClass = this.#classes[variant]!;
    const [from, to] = [this.#starts[variant]!, this.#take(sizeClass + 1)];
    const source = columnsOf(this.#chunks[Math.floor(from / chunkUnits)]!);
    const target = columnsOf(this.#chunks[Math.floor(to / chunkUnits)]!);
    const [begin, end] = [from % chunkUnits, (from % chunkUnits) + this.#counts[variant]!];
    for (const [i, column] of source.entries()) {
      target[i]!.set(column.subarray(begin, end), to % chunkUnits);
    }
    this.#release(from, sizeClass);
    this.#starts[variant] = to;
    this.#classes[variant] = sizeClass + 1;
  }

  /** A place for a ring of `leastUnits << sizeClass` units: the smallest that is free, halved. */
  #take(sizeClass: number): number {
    let from = sizeClass;
    while (from < sizeClasses && this.#free[from]!.size === 0) from++;
    if (from === sizeClasses) {
      this.#openPlace();
      from = sizeClasses - 1;
    }
    const [place] = this.#free[from]!;
    this.#free[from]!.delete(place!);
    for (let half = from - 1; half >= sizeClass; half--) {
      this.#free[half]!.add(place! + (leastUnits << half));
    }
    return place!;
  }

  #release(start: number, sizeClass: number): void {
    let [place, at] = [start, sizeClass];
    for (; at < sizeClasses - 1; at++) {
      const size = leastUnits << at;
      const neighbour = place % (2 * size) === 0 ? place + size : place - size;
      if (!this.#free[at]!.delete(neighbour)) break;
      place = Math.min(place, neighbour);
    }
    this.#free[at]!.add(place);
  }

  /** One more place of the largest class. */
  #openPlace(): void {
    if (this.#used >= chunkUnits) this.#openChunk();
    this.#free[sizeClasses - 1]!.add((this.#chunks.length - 1) * chunkUnits + this.#used);
    this.#used += capacity;
  }

  #openChunk(): void {
    this.#chunks.push({
      commits: new Uint32Array(chunkUnits),
      failing: new Uint8Array(chunkUnits),
      passing: new Uint8Array(chunkUnits),
      durations: new Uint16Array(chunkUnits),
    });
    this.#used = 0;
  }

  #growTable(): void {
    const size = 2 * this.#starts.length;
    const grow = <T extends Float64Array | Uint16Array | Uint8Array>(from: T, into: T): T => {
      into.set(from);
      return into;
    };
    this.#starts = grow(this.#starts, new Float64Array(size));
    this.#counts = grow(this.#counts, new Uint16Array(size));
    this.#classes = grow(this.#classes, new Uint8Array(size));
    this.#troubled = grow(this.#troubled, new Uint16Array(size));
  }
}

const columnsOf = ({ commits, failing, passing, durations }: Chunk) =>
  [commits, failing, passing, durations] as const;

/** One step of an insertion sort by rank. */
function sink(chunk: Chunk, base: number, from: number, ranks: Uint32Array): void {
  const { commits, failing, passing, durations } = chunk;
  const [commit, fail, pass, duration] = [
    commits[from]!,
    failing[from]!,
    passing[from]!,
    durations[from]!,
  ];
  let at = from;
  for (; at > base && ranks[commits[at - 1]!]! > ranks[commit]!; at--) {
    commits[at] = commits[at - 1]!;
    failing[at] = failing[at - 1]!;
    passing[at] = passing[at - 1]!;
    durations[at] = durations[at - 1]!;
  }
  commits[at] = commit;
  failing[at] = fail;
  passing[at] = pass;
  durations[at] = duration;
}

const stepsPerOctave = 1024;

/** ms as the logarithm in 1,024 steps an octave (0.07 %), from 1 on; below 1 ms counts as 1. */
export const packDuration = (ms: number): number =>
  1 + Math.round(stepsPerOctave * Math.log2(Math.max(1, ms)));
/** ln of the ms of a packed duration > 0. */
export const lnDuration = (packed: number): number => ((packed - 1) / stepsPerOctave) * Math.LN2;
