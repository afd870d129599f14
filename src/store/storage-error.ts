/** What an error of SQLite means for the appliance. */
import { AppError } from '../errors.ts';

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

export const isStorageError = (error: unknown): boolean => codeOf(error).startsWith('SQLITE_');

/** No space: nothing is stored, nothing is lost, and it heals when space is back. */
export const isFull = (error: unknown): boolean =>
  ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'].includes(codeOf(error));

/** The disk or the file cannot be trusted any more: the process must end. */
export const isDamage = (error: unknown): boolean =>
  !isFull(error) && /^SQLITE_(IOERR|CORRUPT|NOTADB)/.test(codeOf(error));

/** The folder was taken away or made read-only under the writer: no write will succeed again. */
export const isWriteLost = (error: unknown): boolean =>
  /^SQLITE_(READONLY|CANTOPEN)/.test(codeOf(error));

/** The 500 to answer. */
export function storageFailure(cause: unknown): AppError {
  const message = isFull(cause)
    ? 'the disk is full; nothing was stored'
    : 'the run could not be stored';
  return new AppError('storage_failure', message, { cause });
}

/** One line for the operator. */
export const damageLine = (file: string, what: string): string =>
  `${file} or its disk is damaged (${what}); see docs/operations.md, "Damage".`;
