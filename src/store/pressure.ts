const halfLifeMs = 100;
/** what all time adds up to, each ms counting half as much after a half-life */
const lifeMs = halfLifeMs / Math.LN2;
/** Part of the time spent on posts: none of it is pressure up to the first, full from the second on. */
const busy = { none: 0.3, full: 0.7 };
/** Posts that are found waiting together. */
const together = { none: 1, full: 4 };

/**
 * How hard the writer is pressed by posts, by the last tenths of a second: whether they take its time,
 * or come faster than they are taken, so that several wait together. Times in ms of `performance.now()`.
 */
export class Pressure {
  #spentMs = 0;
  #elapsedMs = 0;
  #posts = 0;
  #takes = 0;
  #lastMs = 0;

  /** So many posts were found waiting, and took so long until now. */
  took(posts: number, spentMs: number, nowMs = performance.now()): void {
    this.#fade(nowMs);
    this.#spentMs += spentMs;
    this.#posts += posts;
    this.#takes++;
  }

  /** 0: there is time for other work; 1: there is none. */
  at(nowMs: number): number {
    this.#fade(nowMs);
    if (this.#elapsedMs === 0) return 0;
    const share = this.#spentMs / Math.max(halfLifeMs, this.#elapsedMs);
    const number = this.#takes < 1 ? 0 : this.#posts / this.#takes;
    return Math.max(within(busy, share), within(together, number));
  }

  #fade(nowMs: number): void {
    const elapsed = Math.max(0, nowMs - this.#lastMs);
    const kept = 2 ** (-elapsed / halfLifeMs);
    this.#lastMs = nowMs;
    this.#spentMs *= kept;
    this.#posts *= kept;
    this.#takes *= kept;
    this.#elapsedMs = this.#elapsedMs * kept + lifeMs * (1 - kept);
  }
}

const within = ({ none, full }: { none: number; full: number }, value: number): number =>
  Math.min(1, Math.max(0, (value - none) / (full - none)));
