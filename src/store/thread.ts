import { join } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { ExitError, exitCode } from '../errors.ts';
import { asExit } from './lock.ts';
import type { FirstWord, ThreadStart } from './threads.ts';

/**
 * How a thread of the store begins: `open` makes it ready and returns what the door shall hear of
 * it; what it throws becomes the exit that the door throws.
 */
export function openThread(
  open: (start: ThreadStart, file: string, port: MessagePort) => unknown,
): void {
  const port = parentPort!;
  const start = workerData as ThreadStart;
  const file = join(start.folder, 'qualitypilot.db');
  try {
    port.postMessage({ ready: open(start, file, port) } satisfies FirstWord);
  } catch (error) {
    const exit = error instanceof ExitError ? error : asExit(error, `cannot open ${file}`);
    port.postMessage({
      exit: { code: exit.code ?? exitCode.io, message: exit.message },
    } satisfies FirstWord);
    port.close();
  }
}
