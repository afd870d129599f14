import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** A tenth of what another thread gets where both want a core. */
const niceness = 10;

/**
 * Lets other threads go before this one. Where a filter of system calls forbids that, as hardened units
 * do, it goes on like the others. Throws what else goes wrong.
 */
export function yieldToOthers(lower: typeof setPriority = setPriority): void {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  try {
    lower(thread, niceness);
  } catch (error) {
    const { info } = error as NodeJS.ErrnoException & { info?: { code?: string } };
    if (info?.code !== 'EPERM') throw error;
  }
}
