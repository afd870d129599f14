/** In the binary, this stands where better-sqlite3 looks for its compiled part. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { ThreadStart } from '../src/store/threads.ts';

declare const ADDON_NAME: string;
declare const ADDON_SHA256: string;

let loaded: object | undefined;

/** The addon, loaded once per thread. Throws what the file system or the loader throws. */
export function getBinding(): object {
  loaded ??= workerData === null ? loadForOnce() : load(keepIn((workerData as ThreadStart).folder));
  return loaded;
}

/**
 * The system loads libraries from its own files only. The copy stays in the data folder, which may
 * be written and executed where /tmp often may not, and every thread loads the same path: two
 * copies of SQLite in one process would break each other's locks.
 */
function keepIn(dataFolder: string): string {
  const folder = join(dataFolder, 'addon');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const file = join(folder, ADDON_NAME);
  if (!existsSync(file) || digest(file) !== ADDON_SHA256) copyTo(file);
  return file;
}

/** For a verb that only asks SQLite for its version, without a data folder. */
function loadForOnce(): object {
  const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
  try {
    const file = join(folder, ADDON_NAME);
    copyTo(file);
    return load(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function copyTo(file: string): void {
  const partial = `${file}.${process.pid}`;
  const inside = readFileSync(join(import.meta.dirname, ADDON_NAME));
  writeFileSync(partial, inside, { flag: 'wx', mode: 0o500 });
  if (digest(partial) !== ADDON_SHA256) throw new Error(`${partial} is not what was written`);
  renameSync(partial, file);
}

function load(file: string): object {
  const holder = { exports: {} };
  process.dlopen(holder, file);
  return holder.exports;
}

function digest(file: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(65_536);
  const fd = openSync(file, 'r');
  try {
    for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk))
      hash.update(chunk.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
