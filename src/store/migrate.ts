import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitError, exitCode } from '../errors.ts';
import { type Db, markAsOurs } from './sqlite.ts';

const form = /^(\d{4})-[a-z0-9-]+\.sql$/;

/**
 * Brings the schema to the newest version, forward only, one transaction per file; `user_version`
 * tells how far it is. A newer schema than this program knows is left untouched (exit 78).
 */
export function migrate(db: Db, folder: string): { from: number; to: number } {
  const files = readdirSync(folder)
    .filter((name) => form.test(name))
    .sort();
  const from = db.pragma('user_version', { simple: true }) as number;
  if (from > files.length) {
    throw new ExitError(
      exitCode.config,
      `${db.name} was written by a newer QualityPilot (schema ${from}, this one knows ${files.length}); start that version.`,
    );
  }
  files.slice(from).forEach((name, i) => {
    const sql = readFileSync(join(folder, name), 'utf8');
    db.transaction(() => {
      markAsOurs(db);
      db.exec(sql);
      db.pragma(`user_version=${from + i + 1}`);
    }).immediate();
  });
  return { from, to: files.length };
}
