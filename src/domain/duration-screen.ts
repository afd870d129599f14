import { durations } from './analytics-params.ts';

const { alert, minSegment, minSigma, penalty, screen, window } = durations;

/** Values of a screen are whole numbers, whose least and most cost a quarter: ln of ms × this. */
export const screenScale = 2 ** 20;

/** The mean step between neighbours of normal noise, and the mean range of eight, in its sigmas. */
const meanStep = 2 / Math.sqrt(Math.PI);
const meanRange = 2.847;
/** From so many blocks on the steps between them tell the noise well enough. */
const manyBlocks = 8;
const mostBlocks = Math.ceil(window / minSegment);
const leastNoise = minSigma / Math.sqrt(minSegment);

/**
 * Tells the few series that may end in a slow-down from the many that do not, so that only they are
 * partitioned. Looks at blocks of eight results, counted from the newest, each without its highest and
 * lowest: whether the mean of the newest 1, 2, 3 … blocks lies above that of the 1, 2, 4, 8 … blocks
 * before them by nearly what an alert needs, in size and in time, and far enough for the noise. A lone
 * spike is not seen. O(n), without allocation.
 */
export class DurationScreen {
  /** of the newest blocks: sums of their means, in ln of ms */
  readonly #sums = new Float64Array(1 + mostBlocks);
  /** from each block to the next one */
  readonly #steps = new Float64Array(mostBlocks);
  /** highest less lowest of each block */
  readonly #ranges = new Float64Array(mostBlocks);

  /** `values`: the first `count` are ln of ms × `screenScale`, oldest first. Below two blocks it is false. */
  isSuspect(values: Int32Array, count: number): boolean {
    const blocks = Math.floor(count / minSegment);
    if (blocks < 2) return false;
    let before = 0;
    for (let block = 0; block < blocks; block++) {
      const mean = this.#readBlock(values, count - (block + 1) * minSegment, block);
      this.#sums[block + 1] = this.#sums[block]! + mean;
      if (block > 0) this.#steps[block - 1] = Math.abs(mean - before);
      before = mean;
    }
    return this.#rises(blocks, this.#noise(blocks), Math.log(count));
  }

  #readBlock(values: Int32Array, from: number, block: number): number {
    let sum = 0;
    let least = values[from]!;
    let most = values[from]!;
    for (let i = from; i < from + minSegment; i++) {
      const value = values[i]!;
      sum += value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    this.#ranges[block] = (most - least) / screenScale;
    return (sum - least - most) / ((minSegment - 2) * screenScale);
  }

  /** Of a block's mean; the largest step or range is left out, since it may belong to the rise. */
  #noise(blocks: number): number {
    const between = withoutLargest(this.#steps, blocks - 1) / meanStep;
    if (blocks >= manyBlocks) return Math.max(leastNoise, between);
    const within = withoutLargest(this.#ranges, blocks) / meanRange / Math.sqrt(minSegment);
    return Math.max(leastNoise, Math.min(within, blocks > 2 ? between : within));
  }

  #rises(blocks: number, sigma: number, lnCount: number): boolean {
    const sums = this.#sums;
    const small = screen.share * Math.log(alert.ratio);
    const needed = screen.gain * penalty * lnCount * sigma * sigma;
    for (let newest = 1; newest < blocks; newest++) {
      const after = sums[newest]! / newest;
      for (let over = 1; ; over *= 2) {
        const size = Math.min(over, blocks - newest);
        const before = (sums[newest + size]! - sums[newest]!) / size;
        const rise = after - before;
        if (rise >= small && rise * rise >= needed * (1 / size + 1 / newest)) {
          if (Math.exp(after) - Math.exp(before) >= screen.share * alert.ms) return true;
        }
        if (over >= blocks - newest) break;
      }
    }
    return false;
  }
}

/** Mean of the first `count` values but the largest; 0 of fewer than two. */
function withoutLargest(values: Float64Array, count: number): number {
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < count; i++) {
    sum += values[i]!;
    largest = Math.max(largest, values[i]!);
  }
  return (sum - largest) / Math.max(1, count - 1);
}
