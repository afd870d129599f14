/** Entry of the one thread that writes. */
import { randomBytes } from 'node:crypto';
import { type FirstStart, firstStart } from './accounts/setup.ts';
import { DiskSpace } from './disk-space.ts';
import { checkFile, refuseDamaged } from './integrity.ts';
import { openFolder, takeLock } from './lock.ts';
import { migrate } from './migrate.ts';
import { markRunning, syncFolder, wasLeftRunning } from './running-mark.ts';
import { openWriter } from './sqlite.ts';
import { openThread } from './thread.ts';
import { Writer } from './writer.ts';

export type WriterReady = { firstStart: FirstStart | null; wasLeftRunning: boolean };

openThread(({ folder, migrations, nowMs, pid, isAgain, rateWindowMs }, file, port): WriterReady => {
  openFolder(folder);
  const disk = new DiskSpace(folder);
  disk.makeRoomToOpen();
  const lock = takeLock(folder);
  refuseDamaged(folder);
  const wasLeft = wasLeftRunning(folder);
  if (!isAgain) checkFile(file, wasLeft);
  const db = openWriter(file);
  markRunning(folder, pid);
  migrate(db, migrations);
  const first = db.transaction(() => firstStart(db, nowMs, randomBytes)).immediate();
  // SQLite syncs the folder for its new log too, but ignores a failure there.
  syncFolder(folder);
  new Writer(db, port, randomBytes, { folder, disk, rateWindowMs }).listen();
  port.on('close', () => lock.close());
  return { firstStart: first, wasLeftRunning: wasLeft };
});
