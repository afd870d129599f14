/** Entry of the one thread that writes. */
import { randomBytes } from 'node:crypto';
import { firstStart } from './keys.ts';
import { openFolder, takeLock } from './lock.ts';
import { migrate } from './migrate.ts';
import { openWriter } from './sqlite.ts';
import { openThread } from './thread.ts';
import { Writer } from './writer.ts';

openThread(({ folder, migrations, nowMs, pid }, file, port) => {
  openFolder(folder);
  const lock = takeLock(folder, pid);
  const db = openWriter(file);
  migrate(db, migrations);
  const first = db.transaction(() => firstStart(db, nowMs, randomBytes)).immediate();
  new Writer(db, port, randomBytes).listen();
  port.on('close', () => lock.close());
  return first;
});
