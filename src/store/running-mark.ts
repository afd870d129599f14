import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * `qualitypilot.pid` holds the process id while an appliance runs. A clean stop removes it, so one
 * that is found at a start means that the last stop was none.
 */
const fileOf = (folder: string): string => join(folder, 'qualitypilot.pid');

/** For people: who holds the folder. */
export function readPid(folder: string): string {
  try {
    return readFileSync(fileOf(folder), 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

export const wasLeftRunning = (folder: string): boolean => existsSync(fileOf(folder));

/** Durable before the database is touched: a log without the mark is taken for a foreign one. */
export function markRunning(folder: string, pid: number): void {
  const fd = openSync(fileOf(folder), 'w', 0o600);
  try {
    writeSync(fd, `${pid}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  syncFolder(folder);
}

/** Called when the database is closed: what it removed is durable before the mark goes. */
export function markStopped(folder: string): void {
  syncFolder(folder);
  rmSync(fileOf(folder), { force: true });
}

/** Makes durable which files the folder holds. Throws where the disk does. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
