/** Entry of the store's worker threads: one writer, some readers. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { ExitError, exitCode } from '../errors.ts';
import { firstStart } from './keys.ts';
import { asExit, openFolder, takeLock } from './lock.ts';
import { migrate } from './migrate.ts';
import { serveReads } from './reader.ts';
import { openReader, openWriter } from './sqlite.ts';
import type { ThreadStart } from './store.ts';
import { Writer } from './writer.ts';

const { role, folder, migrations, nowMs, pid } = workerData as ThreadStart;
const port = parentPort!;
const file = join(folder, 'qualitypilot.db');

function startWriter(): unknown {
  openFolder(folder);
  const lock = takeLock(folder, pid);
  const db = openWriter(file);
  migrate(db, migrations);
  const first = db.transaction(() => firstStart(db, nowMs, randomBytes)).immediate();
  new Writer(db, port, randomBytes).listen();
  port.on('close', () => lock.close());
  return first;
}

function startReader(): null {
  serveReads(openReader(file), port);
  return null;
}

try {
  const ready = role === 'writer' ? startWriter() : startReader();
  port.postMessage({ ready });
} catch (error) {
  const exit = error instanceof ExitError ? error : asExit(error, `cannot open ${file}`);
  port.postMessage({ exit: { code: exit.code ?? exitCode.io, message: exit.message } });
  port.close();
}
