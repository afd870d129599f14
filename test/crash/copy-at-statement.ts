/**
 * Preloaded into the writer: before every statement of its first run, and after its COMMIT, the
 * folder is copied to `COPIES/n`. That is what kill -9 at this moment leaves: the kernel keeps what
 * was written to the files and nothing else. Copied by another process, because closing a file here
 * would drop SQLite's locks.
 */
import { execFileSync } from 'node:child_process';
import Database from 'better-sqlite3';

const { FOLDER, COPIES } = process.env as { FOLDER: string; COPIES: string };
let count = -1;

function step(sql: string): void {
  if (count < 0 && sql !== 'BEGIN IMMEDIATE') return;
  count++;
  execFileSync('cp', ['-r', FOLDER, `${COPIES}/${count}`]);
}

const { exec, prepare } = Database.prototype;
Database.prototype.exec = function (this: Database.Database, sql: string) {
  step(sql);
  exec.call(this, sql);
  if (sql === 'COMMIT') step(sql);
  return this;
};
Database.prototype.prepare = function (this: Database.Database, sql: string) {
  const statement = prepare.call(this, sql);
  for (const verb of ['run', 'get', 'all'] as const) {
    const original = statement[verb].bind(statement) as (...args: unknown[]) => unknown;
    Object.assign(statement, {
      [verb]: (...args: unknown[]) => {
        step(sql);
        return original(...args);
      },
    });
  }
  return statement;
} as typeof prepare;
