import Database from 'better-sqlite3';
import { ExitError, exitCode } from '../errors.ts';

export type Db = Database.Database;

export const applicationId = 0x51504c54; // "QPLT"
const leastSqlite = [3, 51, 3];

/**
 * The writing connection: WAL, synchronous=FULL, checkpoints by us. Every setting is read back.
 * synchronous must be set after WAL and asserted after the first write: better-sqlite3 is compiled
 * with NORMAL for WAL, and says FULL until then.
 */
export function openWriter(file: string): Db {
  const db = new Database(file, { timeout: 5000 });
  assertVersion(db);
  assertOurs(db);
  if (db.pragma('page_count', { simple: true }) === 0) db.pragma('auto_vacuum=INCREMENTAL');
  db.pragma('journal_mode=WAL');
  db.pragma('synchronous=FULL');
  db.pragma('foreign_keys=ON');
  db.pragma('trusted_schema=OFF');
  db.pragma('cell_size_check=ON');
  db.pragma('temp_store=MEMORY');
  db.pragma('mmap_size=0');
  db.pragma('journal_size_limit=67108864');
  db.pragma('wal_autocheckpoint=0');
  expectPragmas(db, { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, trusted_schema: 0 });
  return db;
}

/** Called after the first write: the setting that the 202 stands on. */
export function assertDurable(db: Db): void {
  expectPragmas(db, { journal_mode: 'wal', synchronous: 2 });
}

export function openReader(file: string): Db {
  const db = new Database(file, { readonly: true, timeout: 5000 });
  db.pragma('query_only=ON');
  db.pragma('trusted_schema=OFF');
  db.pragma('cell_size_check=ON');
  db.pragma('temp_store=MEMORY');
  db.pragma('mmap_size=0');
  expectPragmas(db, { query_only: 1, trusted_schema: 0, mmap_size: 0 });
  return db;
}

export function markAsOurs(db: Db): void {
  db.pragma(`application_id=${applicationId}`);
}

/** A file of another program is never touched, not even by a pragma. */
function assertOurs(db: Db): void {
  const id = db.pragma('application_id', { simple: true });
  const hasTables = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() !== undefined;
  if (id === applicationId || (id === 0 && !hasTables)) return;
  db.close();
  throw new ExitError(
    exitCode.config,
    `${db.name} belongs to another program; choose another --data folder.`,
  );
}

export function sqliteVersion(): string {
  const db = new Database(':memory:');
  const version = db.prepare('SELECT sqlite_version()').pluck().get() as string;
  db.close();
  return version;
}

function expectPragmas(db: Db, expected: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(expected)) {
    const actual = db.pragma(name, { simple: true }) ?? value;
    if (actual !== value) throw new Error(`PRAGMA ${name} is ${actual}, expected ${value}`);
  }
}

/** Before 3.51.3 a bug in WAL could lose committed data. */
function assertVersion(db: Db): void {
  const version = db.prepare('SELECT sqlite_version()').pluck().get() as string;
  const parts = version.split('.').map(Number);
  const isOlder = leastSqlite.map((least, i) => parts[i]! - least).find((d) => d !== 0)! < 0;
  if (isOlder) throw new Error(`SQLite ${version} is older than ${leastSqlite.join('.')}`);
}
