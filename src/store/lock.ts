import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { ExitError, exitCode } from '../errors.ts';
import { readPid } from './running-mark.ts';
import type { Db } from './sqlite.ts';

/** File systems whose locks and syncs cannot be trusted (statfs magic numbers). */
const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x01021997, '9P'],
]);

/** Makes the data folder (0700) or says in one line why it cannot be used. */
export function openFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw asExit(cause, `cannot create the data folder ${folder}`);
  }
  const name = networkFileSystems.get(statfsSync(folder).type);
  if (name !== undefined) {
    throw new ExitError(
      exitCode.config,
      `${folder} is on ${name}; the data folder must be on a local disk.`,
    );
  }
}

/**
 * One appliance per folder: an exclusive transaction in lock.db, held as long as the process lives
 * and released by the kernel when it dies, however it dies. Throws exit 75 with the owner's pid.
 */
export function takeLock(folder: string): Db {
  try {
    const lock = new Database(join(folder, 'lock.db'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    if (isBusy(cause)) {
      const owner = readPid(folder);
      throw new ExitError(
        exitCode.taken,
        `${folder} is in use by another QualityPilot (process ${owner}); stop it or choose another --data folder.`,
      );
    }
    throw asExit(cause, `cannot write into the data folder ${folder}`);
  }
}

export function asExit(cause: unknown, what: string): ExitError {
  const code = (cause as { code?: string }).code ?? '';
  const isPermission = [
    'EACCES',
    'EPERM',
    'EROFS',
    'SQLITE_READONLY',
    'SQLITE_CANTOPEN',
    'SQLITE_PERM',
  ].some((c) => code.startsWith(c));
  return isPermission
    ? new ExitError(
        exitCode.permission,
        `${what}: permission denied; check its owner and mode.`,
        cause,
      )
    : new ExitError(exitCode.io, `${what}: ${(cause as Error).message}`, cause);
}

const isBusy = (error: unknown): boolean =>
  ((error as { code?: string }).code ?? '').startsWith('SQLITE_BUSY');
