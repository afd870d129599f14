import type { Clock } from '../../src/clock.ts';

/** A clock that is moved ahead by hand; between that it stands, or runs with the machine's. */
export class MovableClock implements Clock {
  #movedMs = 0;
  readonly #startMs: number;
  readonly #machine: () => number;

  constructor({ isRunning = false, startMs = Date.parse('2026-11-24T10:00:00Z') } = {}) {
    const startedAt = performance.now();
    this.#startMs = startMs;
    this.#machine = isRunning ? () => performance.now() - startedAt : () => 0;
  }

  advance(ms: number): void {
    this.#movedMs += ms;
  }

  now(): number {
    return this.#startMs + Math.floor(this.monotonic());
  }

  monotonic(): number {
    return this.#machine() + this.#movedMs;
  }
}
