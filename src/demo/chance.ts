/** Chance that repeats itself: equal words give equal numbers (FNV-1a of them, then mulberry32). */
export class Chance {
  #state: number;

  constructor(...words: (string | number)[]) {
    let hash = 0x811c9dc5;
    for (const char of words.join('\0')) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
    this.#state = hash;
  }

  /** in [0, 1) */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  hits(probability: number): boolean {
    return this.next() < probability;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** from `low` to `high`, both possible */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)]!;
  }
}
