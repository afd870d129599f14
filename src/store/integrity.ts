import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ExitError, exitCode } from '../errors.ts';
import { applicationId } from './sqlite.ts';
import { damageLine } from './storage-error.ts';

/** Says what a check found; while it lies in the folder nothing is opened. */
const noteOf = (folder: string): string => join(folder, 'qualitypilot.damaged');

/** A file that failed its check is not written to again. Throws exit 74. */
export function refuseDamaged(folder: string): void {
  const note = noteOf(folder);
  if (!existsSync(note)) return;
  const found = readFileSync(note, 'utf8').split('\n', 1)[0]!.slice(0, 200);
  throw new ExitError(
    exitCode.io,
    `${join(folder, 'qualitypilot.db')} failed its check (${found}); restore a backup or repair it, then remove ${note}.`,
  );
}

/** Leaves a note beside the damaged file and returns the exit to take. */
export function declareDamaged(folder: string, found: string[]): ExitError {
  const file = join(folder, 'qualitypilot.db');
  writeNote(folder, found);
  return new ExitError(exitCode.io, damageLine(file, found[0]!.replaceAll('\n', ' ')));
}

function writeNote(folder: string, found: string[]): void {
  const fd = openSync(noteOf(folder), 'w', 0o600);
  try {
    writeSync(fd, `${found.join('\n')}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const headerBytes = 100;
const magic = 'SQLite format 3\0';

/**
 * Looks at the file before SQLite does, because opening a file of another program may already
 * change it. Must run before any connection of this process is open: closing a descriptor would
 * drop SQLite's locks. Throws exit 78 or 74; then nothing was touched.
 */
export function checkFile(file: string, wasLeftRunning: boolean): void {
  const size = sizeOf(file);
  const hasLog = sizeOf(`${file}-wal`) > 0;
  if (hasLog && !wasLeftRunning) {
    throw new ExitError(
      exitCode.config,
      `${file}-wal is a log without an owner, since a clean stop leaves none: move it away if ${file} was restored from a backup, else create an empty qualitypilot.pid beside it.`,
    );
  }
  if (size === 0) {
    if (!hasLog) return;
    throw new ExitError(exitCode.io, damageLine(file, 'it is empty, but its log is not'));
  }
  const header = readHeader(file);
  if (header.length < headerBytes || header.toString('latin1', 0, 16) !== magic) {
    throw new ExitError(
      exitCode.config,
      `${file} is not a database; move it away or choose another --data folder.`,
    );
  }
  const owner = header.readUInt32BE(68);
  if (owner !== applicationId && owner !== 0) {
    throw new ExitError(
      exitCode.config,
      `${file} belongs to another program; choose another --data folder.`,
    );
  }
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const pages = header.readUInt32BE(28);
  if (!hasLog && size < pages * pageSize) {
    throw new ExitError(
      exitCode.io,
      damageLine(file, `it has ${size} bytes of ${pages * pageSize}`),
    );
  }
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function readHeader(file: string): Buffer {
  const fd = openSync(file, 'r');
  try {
    const header = Buffer.alloc(headerBytes);
    return header.subarray(0, readSync(fd, header));
  } finally {
    closeSync(fd);
  }
}
