import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

const longest = 100;

/**
 * The path of the control socket as the kernel takes it: at most 107 bytes. A deeper folder is
 * reached through an open descriptor of it; `release` closes that.
 */
export function socketPath(folder: string): { path: string; release: () => void } {
  const path = join(folder, 'control.sock');
  if (Buffer.byteLength(path) <= longest || process.platform !== 'linux')
    return { path, release: () => {} };
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${fd}/control.sock`, release: () => closeSync(fd) };
}
