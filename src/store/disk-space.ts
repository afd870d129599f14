import { renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '../limits.ts';

const MiB = 1024 * 1024;
/** SQLite needs this much to open a file: the index of its log, the lock, the process id. */
const openingBytes = 1 * MiB;
/** Runs are accepted again only a quarter above the mark, so that the answer does not flap. */
const enough = 1.25;

export type Space = { free: number; total: number };

/**
 * Free bytes under which runs are refused: 5 % of the disk, at least 16 MiB (one largest body) or,
 * on a disk under 64 MiB, a quarter of it, at most 256 MiB.
 */
export function lowWater(totalBytes: number): number {
  const least = Math.min(limits.bodyBytes.value, totalBytes / 4);
  return Math.min(limits.lowWaterBytes.value, Math.max(totalBytes / 20, least));
}

/** At most half of the low water, so that giving it up never lets runs in again. */
export const ballastBytes = (totalBytes: number): number =>
  Math.floor(Math.min(limits.ballastBytes.value, lowWater(totalBytes) / 2));

/**
 * How much room the data folder has. A full disk cannot be emptied by deleting, because a deletion
 * writes too: so runs are refused before, and a ballast file is kept to be given up.
 */
export class DiskSpace {
  readonly #folder: string;
  readonly #ballast: string;
  readonly #measure: (folder: string) => Space;
  #isLow = false;
  #free = 0;
  #isMaking = false;

  constructor(folder: string, measure: (folder: string) => Space = measureSpace) {
    this.#folder = folder;
    this.#ballast = join(folder, 'ballast');
    this.#measure = measure;
  }

  /** Why runs are refused now; null while they are accepted. */
  get refusal(): string | null {
    if (!this.#isLow) return null;
    return `the disk is nearly full (${Math.floor(this.#free / MiB)} MiB free); no runs are accepted until there is more room`;
  }

  /** Measures; a few microseconds. A disk that cannot be measured keeps its state. */
  look(): void {
    try {
      const { free, total } = this.#measure(this.#folder);
      const mark = lowWater(total);
      this.#free = free;
      this.#isLow = free < (this.#isLow ? mark * enough : mark);
    } catch {}
  }

  /** SQLite met the end of the disk: gives the ballast up. true when that made room. */
  filled(): boolean {
    this.#isLow = true;
    this.#free = 0;
    return this.#drop();
  }

  /** Before anything is opened: a disk without any room left gets the ballast's. */
  makeRoomToOpen(): void {
    rmSync(`${this.#ballast}.partial`, { force: true });
    this.look();
    if (this.#free < openingBytes) this.#drop();
  }

  /** Makes the ballast where it is missing and room is plenty. Does not block the thread. */
  async keepBallast(): Promise<void> {
    if (this.#isMaking || this.#isLow) return;
    this.#isMaking = true;
    try {
      const { free, total } = this.#measure(this.#folder);
      const bytes = ballastBytes(total);
      const hasRoom = free - bytes >= lowWater(total) * enough;
      if (hasRoom && sizeOf(this.#ballast) !== bytes) await writeBallast(this.#ballast, bytes);
    } catch {
      rmSync(`${this.#ballast}.partial`, { force: true });
    } finally {
      this.#isMaking = false;
    }
  }

  #drop(): boolean {
    const hadBallast = sizeOf(this.#ballast) > 0;
    rmSync(this.#ballast, { force: true });
    return hadBallast;
  }
}

/** Free for this user, not for root alone. */
function measureSpace(folder: string): Space {
  const { bsize, bavail, blocks } = statfsSync(folder);
  return { free: bsize * bavail, total: bsize * blocks };
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Really written, so that the blocks are ours; not zeros, which some file systems do not keep. */
async function writeBallast(file: string, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(MiB);
  for (let i = 0, x = 1; i < MiB; i += 4) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    chunk.writeInt32LE(x, i);
  }
  const handle = await open(`${file}.partial`, 'w', 0o600);
  try {
    for (let left = bytes; left > 0; left -= MiB) {
      await handle.write(chunk, 0, Math.min(MiB, left));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  renameSync(`${file}.partial`, file);
}
