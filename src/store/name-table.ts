import { randomInt } from 'node:crypto';

/**
 * (suite, name) as UTF-8 bytes → test number: an open-addressing hash table over one arena, so that
 * looking a name up makes no string and no object. A repo of 10,000 tests takes about 1 MB.
 */
export class NameTable {
  #slots = new Uint32Array(1024);
  #arena = Buffer.allocUnsafe(16 * 1024);
  #used = 0;
  #count = 0;
  #hashes = new Uint32Array(512);
  #froms = new Uint32Array(512);
  #suiteLengths = new Uint16Array(512);
  #nameLengths = new Uint16Array(512);
  #tests = new Uint32Array(512);
  /** the upload that named the test last, and how often it did */
  #uploads = new Uint32Array(512);
  #times = new Uint32Array(512);
  readonly #seed = randomInt(2 ** 32 - 1);
  /** the entry found last */
  #last = -1;

  get bytes(): number {
    return this.#arena.length + this.#slots.length * 4 + this.#hashes.length * 24;
  }

  /**
   * Index of the entry, -1 when it is not here. Uploads of a repo mostly name its tests in the same
   * order, so the entry after the one found last is looked at before anything is hashed.
   */
  find(
    bytes: Uint8Array,
    suiteFrom: number,
    suiteTo: number,
    nameFrom: number,
    nameTo: number,
  ): number {
    const guess = this.#last + 1 < this.#count ? this.#last + 1 : 0;
    if (guess < this.#count && this.#isEntry(guess, bytes, suiteFrom, suiteTo, nameFrom, nameTo)) {
      this.#last = guess;
      return guess;
    }
    const hash = this.#hash(bytes, suiteFrom, suiteTo, nameFrom, nameTo);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] !== hash) continue;
      if (this.#isEntry(entry, bytes, suiteFrom, suiteTo, nameFrom, nameTo)) {
        this.#last = entry;
        return entry;
      }
    }
  }

  #isEntry(
    entry: number,
    bytes: Uint8Array,
    suiteFrom: number,
    suiteTo: number,
    nameFrom: number,
    nameTo: number,
  ): boolean {
    const suiteLength = suiteTo - suiteFrom;
    if (this.#suiteLengths[entry] !== suiteLength) return false;
    if (this.#nameLengths[entry] !== nameTo - nameFrom) return false;
    const from = this.#froms[entry]!;
    return (
      this.#equals(from + suiteLength, bytes, nameFrom, nameTo) &&
      this.#equals(from, bytes, suiteFrom, suiteTo)
    );
  }

  /** Adds an entry that `find` did not find; returns its index. */
  add(suite: Uint8Array, name: Uint8Array, test: number): number {
    if (this.#count * 2 >= this.#slots.length) this.#growSlots();
    if (this.#count === this.#hashes.length) this.#growEntries();
    const entry = this.#count++;
    const from = this.#append(suite, name);
    const middle = from + suite.length;
    const hash = this.#hash(this.#arena, from, middle, middle, middle + name.length);
    this.#hashes[entry] = hash;
    this.#froms[entry] = from;
    this.#suiteLengths[entry] = suite.length;
    this.#nameLengths[entry] = name.length;
    this.#tests[entry] = test;
    this.#place(entry, hash);
    this.#last = entry;
    return entry;
  }

  testOf(entry: number): number {
    return this.#tests[entry]!;
  }

  /** Counts this naming of the test inside an upload (a number above 0); 1 for the first. */
  count(entry: number, upload: number): number {
    if (this.#uploads[entry] !== upload) {
      this.#uploads[entry] = upload;
      this.#times[entry] = 0;
    }
    return ++this.#times[entry]!;
  }

  /** How often the upload that named the test last has named it so far. */
  times(entry: number): number {
    return this.#times[entry]!;
  }

  /** FNV-1a over suite and name, seeded so that nobody can prepare names that fall together. */
  #hash(
    bytes: Uint8Array,
    suiteFrom: number,
    suiteTo: number,
    nameFrom: number,
    nameTo: number,
  ): number {
    let hash = this.#seed;
    for (let i = suiteFrom; i < suiteTo; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash = Math.imul(hash ^ 0x100, 0x01000193);
    for (let i = nameFrom; i < nameTo; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #equals(at: number, bytes: Uint8Array, from: number, to: number): boolean {
    const arena = this.#arena;
    for (let i = from, k = at; i < to; i++, k++) if (arena[k] !== bytes[i]) return false;
    return true;
  }

  #place(entry: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #append(suite: Uint8Array, name: Uint8Array): number {
    const from = this.#used;
    const needed = from + suite.length + name.length;
    if (needed > this.#arena.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#arena.length * 2));
      this.#arena.copy(grown, 0, 0, from);
      this.#arena = grown;
    }
    this.#arena.set(suite, from);
    this.#arena.set(name, from + suite.length);
    this.#used = needed;
    return from;
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#count; entry++) this.#place(entry, this.#hashes[entry]!);
  }

  #growEntries(): void {
    const size = this.#hashes.length * 2;
    const grow = <T extends Uint16Array | Uint32Array>(from: T, into: T): T => {
      into.set(from);
      return into;
    };
    this.#hashes = grow(this.#hashes, new Uint32Array(size));
    this.#froms = grow(this.#froms, new Uint32Array(size));
    this.#suiteLengths = grow(this.#suiteLengths, new Uint16Array(size));
    this.#nameLengths = grow(this.#nameLengths, new Uint16Array(size));
    this.#tests = grow(this.#tests, new Uint32Array(size));
    this.#uploads = grow(this.#uploads, new Uint32Array(size));
    this.#times = grow(this.#times, new Uint32Array(size));
  }
}
