import type { ByteBudget } from './byte-budget.ts';

/** pieces below this are copied together: each costs some 200 bytes beside its own */
const leastPiece = 16 * 1024;
const mostRoom = 64 * 1024;
/** a run of 10,000 cases has 1.3 MB */
const mostInPieces = 2 * 1024 * 1024;
/**
 * What glibc always maps (above its DEFAULT_MMAP_THRESHOLD_MAX of 32 MiB): only the pages that were
 * written take memory, and all of it goes back to the system when it is freed. Smaller memory the C
 * library keeps in part, and many large bodies would leave it at twice what they held at a time.
 */
const mappedBytes = 33 * 1024 * 1024;

/**
 * Bytes that come in pieces, until they are whole: 32 MiB at most. All the memory they take is taken
 * from the common budget, with the room that is laid out ahead of them, and none is left to the
 * collector, which hardly sees it and would let hundreds of MB of it lie.
 */
export class GatheredBytes {
  readonly #budget: ByteBudget;
  #pieces: Uint8Array[] = [];
  /** the last piece, where it has room */
  #tail = new Uint8Array(0);
  #filled = 0;
  /** all that came, once that is much */
  #mapped: Uint8Array | null = null;
  #held = 0;
  #length = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Keeps `bytes` when they are all of their memory, which is gone for the caller then; else copies them
   * and gives their memory back if that is all of it. Throws `busy` when the budget is used up.
   */
  add(bytes: Uint8Array): void {
    if (this.#length + bytes.length > mostInPieces) this.#write(bytes);
    else if (ownsMemory(bytes) && bytes.length >= leastPiece) this.#keep(bytes);
    else {
      this.#copy(bytes);
      giveBack(bytes);
    }
  }

  /** In memory of their own, to be called once. They are held until `release`. */
  whole(): Uint8Array {
    const whole = this.#mapped?.subarray(0, this.#length) ?? this.#joined();
    this.#mapped = null;
    return whole;
  }

  /** May be called again. What `whole` has handed out is not touched. */
  release(): void {
    this.#closeTail();
    for (const piece of this.#pieces) free(piece);
    if (this.#mapped !== null) free(this.#mapped);
    this.#pieces = [];
    this.#mapped = null;
    this.#budget.give(this.#held);
    this.#held = 0;
    this.#length = 0;
  }

  #write(bytes: Uint8Array): void {
    this.#mapped ??= this.#joined(mappedBytes);
    this.#take(bytes.length);
    this.#mapped.set(bytes, this.#length);
    this.#length += bytes.length;
    giveBack(bytes);
  }

  #keep(bytes: Uint8Array): void {
    this.#take(bytes.length);
    this.#closeTail();
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  #copy(bytes: Uint8Array): void {
    const now = bytes.subarray(0, this.#tail.length - this.#filled);
    this.#fill(now);
    const later = bytes.subarray(now.length);
    if (later.length === 0) return;
    const room = Math.max(later.length, Math.min(this.#length, mostRoom, this.#budget.left));
    this.#take(room);
    this.#closeTail();
    this.#tail = new Uint8Array(room);
    this.#fill(later);
  }

  #fill(bytes: Uint8Array): void {
    this.#tail.set(bytes, this.#filled);
    this.#filled += bytes.length;
    this.#length += bytes.length;
  }

  #closeTail(): void {
    if (this.#filled > 0) this.#pieces.push(this.#tail.subarray(0, this.#filled));
    this.#tail = new Uint8Array(0);
    this.#filled = 0;
  }

  /** All pieces, in one; a single one stays where it is when there is no more room to be. */
  #joined(room = this.#length): Uint8Array {
    this.#closeTail();
    const pieces = this.#pieces.splice(0);
    const [only] = pieces;
    const isWhole = only?.length === room && ownsMemory(only);
    const joined = isWhole ? only : new Uint8Array(room);
    let at = 0;
    for (const piece of isWhole ? [] : pieces) {
      joined.set(piece, at);
      at += piece.length;
      free(piece);
    }
    this.#budget.give(this.#held - this.#length);
    this.#held = this.#length;
    return joined;
  }

  #take(bytes: number): void {
    this.#budget.take(bytes);
    this.#held += bytes;
  }
}

const ownsMemory = ({ byteLength, buffer }: Uint8Array): boolean =>
  byteLength === buffer.byteLength;

const free = ({ buffer }: Uint8Array): void => void (buffer as ArrayBuffer).transfer(0);

/** Node's parser puts each piece of a body into memory of its own; other memory is left alone. */
export function giveBack(bytes: Uint8Array): void {
  if (ownsMemory(bytes)) free(bytes);
}
