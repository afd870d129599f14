import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { retryAfterSeconds, SlidingWindow, type Take } from '../../src/domain/sliding-window.ts';

/** The promise itself, as slow as it reads: every admitted request is kept for ever. */
class Promised {
  readonly admitted = new Map<string, number[]>();
  readonly max: number;
  readonly windowMs: number;
  readonly capacity: number;

  constructor(max: number, windowMs: number, capacity: number) {
    this.max = max;
    this.windowMs = windowMs;
    this.capacity = capacity;
  }

  live(key: string, now: number): number[] {
    return (this.admitted.get(key) ?? []).filter((stamp) => stamp > now - this.windowMs);
  }

  liveKeys(now: number): string[] {
    return [...this.admitted.keys()].filter((key) => this.live(key, now).length > 0);
  }

  take(key: string, now: number): Take {
    const live = this.live(key, now);
    const others = this.liveKeys(now).filter((other) => other !== key).length;
    if (live.length === 0 && others >= this.capacity) {
      return { admitted: false, remaining: 0, retryAfterMs: 1000, isTableFull: true };
    }
    if (live.length >= this.max) {
      const retryAfterMs = live[0]! + this.windowMs - now;
      return { admitted: false, remaining: 0, retryAfterMs, isTableFull: false };
    }
    const stamps = [...(this.admitted.get(key) ?? []), now];
    this.admitted.set(key, stamps);
    const after = this.live(key, now);
    return {
      admitted: true,
      remaining: this.max - after.length,
      resetMs: after[0]! + this.windowMs - now,
    };
  }
}

const refusal = (retryAfterMs: number): Take => ({
  admitted: false,
  remaining: 0,
  retryAfterMs,
  isTableFull: false,
});

/** The window and the promise side by side; every step is held against the other. */
class Pair {
  now = 0;
  steps = 0;
  refusals = 0;
  readonly promised: Promised;
  window: SlidingWindow<string>;

  constructor(max: number, windowMs: number, capacity: number) {
    this.promised = new Promised(max, windowMs, capacity);
    this.window = new SlidingWindow(max, windowMs, capacity);
  }

  request(key: string): Take {
    const { max, windowMs, capacity } = this.promised;
    const before = this.promised.live(key, this.now).length;
    const expected = this.promised.take(key, this.now);
    const take = this.window.take(key, this.now);
    this.steps++;
    assert.deepEqual(take, expected, `${key} at ${this.now}`);
    const live = this.promised.live(key, this.now).length;
    assert.ok(live <= max, 'I1: never more than the limit in the window');
    const isFull = this.promised.liveKeys(this.now).length >= capacity;
    if (!take.admitted) {
      this.refusals++;
      assert.ok(before === max || (before === 0 && isFull), 'I2, I9: no false refusal');
      if (before === max) this.#checkWait(key, take.retryAfterMs);
    } else {
      assert.equal(take.remaining, max - live, 'I6: what remains');
      assert.ok(take.resetMs > 0 && take.resetMs <= windowMs);
    }
    assert.ok(this.window.keys <= capacity, 'I8: the table has a lid');
    return take;
  }

  /** I3 and I4: the wait suffices, and nothing shorter would; the same in whole seconds. */
  #checkWait(key: string, waitMs: number): void {
    const liveAfter = (ms: number) => this.promised.live(key, this.now + ms).length;
    const { max } = this.promised;
    assert.ok(waitMs > 0 && liveAfter(waitMs) < max, 'I3: sufficient');
    assert.equal(liveAfter(waitMs - 1), max, 'I4: minimal');
    const seconds = retryAfterSeconds(waitMs);
    assert.ok(liveAfter(seconds * 1000) < max, 'I3 in seconds');
    if (seconds > 1) assert.equal(liveAfter((seconds - 1) * 1000), max, 'I4 in seconds');
  }

  /** I5: who waits as told, alone, is admitted. */
  waitAsTold(key: string): void {
    const take = this.request(key);
    if (take.admitted || this.promised.live(key, this.now).length === 0) return;
    this.now += take.retryAfterMs;
    assert.equal(this.request(key).admitted, true, 'I5');
  }

  /** I10: built anew from the admitted requests of the last window, it decides as before. */
  restart(): void {
    const { max, windowMs, capacity } = this.promised;
    this.window = new SlidingWindow(max, windowMs, capacity);
    const stamps = [...this.promised.admitted].flatMap(([key]) =>
      this.promised.live(key, this.now).map((stamp) => ({ key, stamp })),
    );
    stamps.sort((a, b) => a.stamp - b.stamp);
    for (const { key, stamp } of stamps) this.window.restore(key, stamp);
  }
}

type Step =
  | { kind: 'request'; key: number }
  | { kind: 'burst'; key: number; times: number }
  | { kind: 'advance'; ms: number }
  | { kind: 'wait'; key: number }
  | { kind: 'restart' };

function apply(pair: Pair, step: Step): void {
  switch (step.kind) {
    case 'request':
      pair.request(`k${step.key}`);
      break;
    case 'burst':
      for (let i = 0; i < step.times; i++) pair.request(`k${step.key}`);
      break;
    case 'advance':
      pair.now += step.ms;
      break;
    case 'wait':
      pair.waitAsTold(`k${step.key}`);
      break;
    case 'restart':
      pair.restart();
  }
}

const key = fc.nat({ max: 9 });
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('request' as const), key }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('burst' as const),
        key,
        times: fc.integer({ min: 1, max: 70 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('advance' as const),
        ms: fc.oneof(
          fc.nat({ max: 50 }),
          fc.nat({ max: 70_000 }),
          fc.constantFrom(1, 999, 1000, 59_999, 60_000, 60_001, 120_000),
        ),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  ),
  { maxLength: 120, size: 'max' },
);

describe('the sliding window', () => {
  it('decides as the promise reads, for any requests, waits, restarts and limits (I1-I10)', () => {
    const limits = fc.constantFrom([60, 60_000], [1, 1000], [3, 60_000], [5, 10]);
    let decisions = 0;
    let refusals = 0;
    fc.assert(
      fc.property(limits, fc.integer({ min: 1, max: 12 }), steps, ([max, ms], capacity, list) => {
        const pair = new Pair(max!, ms!, capacity);
        for (const step of list) apply(pair, step);
        decisions += pair.steps;
        refusals += pair.refusals;
      }),
      { numRuns: 150 },
    );
    assert.ok(decisions > 20_000 && refusals > 2000, `${decisions} decisions, ${refusals} refused`);
  });

  it('does not differ from the promise in 100,000 random steps, because none may be wrong', () => {
    const pair = new Pair(60, 60_000, 6);
    const random = generator(20261124);
    let refusals = 0;
    while (pair.steps < 100_000) {
      const key = `k${Math.floor(random() * 8)}`;
      if (!pair.request(key).admitted) refusals++;
      const pace = random();
      if (pace < 0.5) pair.now += Math.floor(random() * 300);
      else if (pace < 0.501) pair.now += Math.floor(random() * 90_000);
      if (pair.steps % 500 === 0) forget(pair);
      if (random() < 0.0005) pair.restart();
    }
    assert.ok(refusals > 5000, `${refusals} refused`);
  });

  it('keeps keys apart, because one noisy job must not stop another (I7)', () => {
    const window = new SlidingWindow<string>(2, 1000, 10);
    for (let i = 0; i < 50; i++) window.take('noisy', i);
    assert.deepEqual(window.take('quiet', 50), { admitted: true, remaining: 1, resetMs: 1000 });
  });

  it('a request of exactly one window ago counts no more', () => {
    const window = new SlidingWindow<string>(1, 60_000, 10);
    window.take('k', 5);
    const early = window.take('k', 60_004);
    assert.deepEqual(early, refusal(1));
    assert.equal(window.take('k', 60_005).admitted, true);
  });

  it('evicts idle keys only, because an evicted live key would have a fresh window (I8, I9)', () => {
    const window = new SlidingWindow<string>(1, 1000, 3);
    for (const key of ['a', 'b', 'c']) window.take(key, 0);
    const full = { ...refusal(1000), isTableFull: true };
    assert.deepEqual(window.take('d', 999), full, 'all are live');
    assert.equal(window.take('a', 999).admitted, false, 'and none was reset');
    assert.equal(window.take('d', 1000).admitted, true);
    assert.equal(window.keys, 1, 'the idle ones are gone');
  });

  it('of more restored requests than a lowered limit, the newest count, because they go last', () => {
    const window = new SlidingWindow<string>(2, 1000, 3);
    for (const stamp of [0, 100, 200, 300]) window.restore('k', stamp);
    assert.deepEqual(window.take('k', 301), refusal(899));
    assert.equal(window.take('k', 1200).admitted, true);
    assert.equal(window.take('k', 1200).admitted, false);
  });

  it('finds the idle keys after a restart too, because their order is that of the newest request', () => {
    const window = new SlidingWindow<string>(5, 1000, 2);
    for (const [key, stamp] of [
      ['a', 0],
      ['b', 100],
      ['a', 500],
    ] as const) {
      window.restore(key, stamp);
    }
    assert.equal(window.take('c', 1100).admitted, true, 'b is idle, a is not');
    assert.equal(window.take('d', 1101).admitted, false);
  });

  it('tells a wait in whole seconds, never less than one', () => {
    const told = [0, 0.1, 1, 999, 1000, 1000.1, 59_999.5, 60_000].map(retryAfterSeconds);
    assert.deepEqual(told, [1, 1, 1, 1, 1, 2, 60, 60]);
  });
});

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What left the window long ago makes the promise slow and decides nothing. */
function forget({ promised, now }: Pair): void {
  for (const key of promised.admitted.keys()) {
    promised.admitted.set(key, promised.live(key, now));
  }
}
