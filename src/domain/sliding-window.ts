import { LRUCache } from 'lru-cache';

/**
 * Exact sliding-window log: at every instant t at most `max` takes were admitted in (t - window, t].
 * Only admitted takes are kept, so memory is bounded by throughput, not by the number of keys.
 * All times are monotonic ms given by the caller and must not decrease.
 */
export type Take =
  | { admitted: true; remaining: number; resetMs: number }
  | {
      admitted: false;
      remaining: 0;
      retryAfterMs: number;
      /** the key itself may have been idle: no room was left for it */
      isTableFull: boolean;
    };

/** The stamps of one key: a ring that grows on demand up to `max`, oldest first. */
type Ring = { stamps: number[]; head: number; size: number };

export class SlidingWindow<K extends number | string> {
  readonly max: number;
  readonly windowMs: number;
  /** used = admitted, so that the least recently used key has the oldest newest stamp */
  readonly #rings: LRUCache<K, Ring>;

  /** `capacity`: most keys held at once; only idle keys are ever evicted. */
  constructor(max: number, windowMs: number, capacity: number) {
    this.max = max;
    this.windowMs = windowMs;
    this.#rings = new LRUCache({ max: capacity });
  }

  /** Admits or refuses one request. O(1) amortised. A refused request leaves no trace. */
  take(key: K, now: number): Take {
    const known = this.#rings.peek(key);
    if (known === undefined && !this.#makeRoom(now)) {
      return { admitted: false, remaining: 0, retryAfterMs: 1000, isTableFull: true };
    }
    const ring = known ?? newRing(this.max);
    this.#expire(ring, now);
    if (ring.size >= this.max) {
      return {
        admitted: false,
        remaining: 0,
        retryAfterMs: this.#oldest(ring) + this.windowMs - now,
        isTableFull: false,
      };
    }
    push(ring, now, this.max);
    this.#rings.set(key, ring);
    return {
      admitted: true,
      remaining: this.max - ring.size,
      resetMs: this.#oldest(ring) + this.windowMs - now,
    };
  }

  /** ms until a take of this key would be admitted; 0: now. Leaves no trace. */
  waitMs(key: K, now: number): number {
    const ring = this.#rings.peek(key);
    if (ring === undefined) return 0;
    this.#expire(ring, now);
    return ring.size < this.max ? 0 : this.#oldest(ring) + this.windowMs - now;
  }

  /**
   * Puts back a request admitted before a restart. Stamps must come in order. Of more than `max`,
   * which a limit lowered meanwhile can leave, the newest count: they are the last to go.
   * The capacity must hold all keys that are put back.
   */
  restore(key: K, stamp: number): void {
    const ring = this.#rings.peek(key) ?? newRing(this.max);
    if (ring.size === this.max) dropOldest(ring);
    push(ring, stamp, this.max);
    this.#rings.set(key, ring);
  }

  get keys(): number {
    return this.#rings.size;
  }

  #oldest(ring: Ring): number {
    return ring.stamps[ring.head]!;
  }

  #expire(ring: Ring, now: number): void {
    while (ring.size > 0 && ring.stamps[ring.head]! <= now - this.windowMs) {
      dropOldest(ring);
    }
  }

  #stalest(): Ring | undefined {
    return this.#rings.rvalues().next().value ?? undefined;
  }

  /** Evicts idle keys, least recently admitted first; false when the table is full of live ones. */
  #makeRoom(now: number): boolean {
    for (let ring = this.#stalest(); ring !== undefined; ring = this.#stalest()) {
      const newest = ring.stamps[(ring.head + ring.size - 1) % ring.stamps.length]!;
      if (ring.size > 0 && newest > now - this.windowMs) break;
      this.#rings.pop();
    }
    return this.#rings.size < this.#rings.max;
  }
}

/** A plain array of doubles takes 200 bytes less than a typed one, which counts at 10,000 keys. */
const room = (length: number): number[] => new Array<number>(length).fill(0.5);

const newRing = (max: number): Ring => ({
  stamps: room(Math.min(4, max)),
  head: 0,
  size: 0,
});

function dropOldest(ring: Ring): void {
  ring.head = (ring.head + 1) % ring.stamps.length;
  ring.size--;
}

function push(ring: Ring, stamp: number, max: number): void {
  const { stamps, head, size } = ring;
  if (size === stamps.length) {
    const grown = room(Math.min(max, Math.max(4, size * 2)));
    for (let i = 0; i < size; i++) grown[i] = stamps[(head + i) % size]!;
    ring.stamps = grown;
    ring.head = 0;
  }
  ring.stamps[(ring.head + ring.size) % ring.stamps.length] = stamp;
  ring.size++;
}

/** What sums of times are off by; without it 60 s and a rounding error were 61. */
const roundingMs = 0.001;

/** Whole seconds a caller must wait; never less than 1. */
export const retryAfterSeconds = (ms: number): number =>
  Math.max(1, Math.ceil((ms - roundingMs) / 1000));
