import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { testRunSchema } from '../../src/contract/test-run.ts';
import { large, makeBody } from './workload.ts';

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN;
}

const body = makeBody('bench/large', 1, large).toString();

/** The unit of every CPU and latency figure: median ms of JSON.parse of a 10,000-case body. */
export function parseMs(times = 40): number {
  return medianMs(times, () => JSON.parse(body));
}

/** Cases a second that JSON.parse and zod alone reach, in a loop, on one core. */
export function parseAndCheckRate(): number {
  const ms = medianMs(20, () => testRunSchema.parse(JSON.parse(body)));
  return (large.tests / ms) * 1000;
}

/** Median ms until 4 KiB more of a file are on the disk. */
export function fsyncMs(folder: string): number {
  const path = join(folder, 'fsync');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096);
  const ms = medianMs(100, () => {
    writeSync(file, page);
    fsyncSync(file);
  });
  closeSync(file);
  unlinkSync(path);
  return ms;
}

function medianMs(times: number, work: () => unknown): number {
  const taken: number[] = [];
  for (let i = 0; i < times + 5; i++) {
    const from = performance.now();
    work();
    if (i >= 5) taken.push(performance.now() - from);
  }
  return median(taken);
}
