/** Preloaded into the writer: the process dies before the CRASH_AT-th statement of its first run, or after its COMMIT. */
import Database from 'better-sqlite3';

const at = Number(process.env.CRASH_AT);
let count = -1;

function step(sql: string): void {
  if (count < 0 && sql !== 'BEGIN IMMEDIATE') return;
  count++;
  if (count === at) process.kill(process.pid, 'SIGKILL');
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
