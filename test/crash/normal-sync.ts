/** Preloaded into the store's threads: commits are not synced, and the pragma lies about it. */
import Database from 'better-sqlite3';

const { pragma } = Database.prototype;
Database.prototype.pragma = function (this: Database.Database, source: string, options) {
  if (source === 'synchronous=FULL') return pragma.call(this, 'synchronous=NORMAL');
  if (source === 'synchronous') return 2;
  return pragma.call(this, source, options);
};
