/** Entry of the store's worker threads: one writer, some readers. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { ExitError, exitCode } from '../errors.ts';
import { firstStart } from './keys.ts';
import { asExit, openFolder, takeLock } from './lock.ts';
import { migrate } from './migrate.ts';
import { openReader, openWriter } from './sqlite.ts';
import type { ThreadStart } from './store.ts';

const { role, folder, migrations, nowMs, pid } = workerData as ThreadStart;
const port = parentPort!;
const file = join(folder, 'qualitypilot.db');

/** Imported by need: a reader without the parsers and schemas of the writer takes 9 MB less. */
async function startWriter(): Promise<unknown> {
  const { Writer } = await import('./writer.ts');
  openFolder(folder);
  const lock = takeLock(folder, pid);
  const db = openWriter(file);
  migrate(db, migrations);
  const first = db.transaction(() => firstStart(db, nowMs, randomBytes)).immediate();
  new Writer(db, port, randomBytes).listen();
  port.on('close', () => lock.close());
  return first;
}

async function startReader(): Promise<null> {
  const { serveReads } = await import('./reader.ts');
  serveReads(openReader(file), port);
  return null;
}

const start = role === 'writer' ? startWriter : startReader;
start().then(
  (ready) => port.postMessage({ ready }),
  (error: unknown) => {
    const exit = error instanceof ExitError ? error : asExit(error, `cannot open ${file}`);
    port.postMessage({ exit: { code: exit.code ?? exitCode.io, message: exit.message } });
    port.close();
  },
);
