/**
 * Loaded into the packer: it writes the configuration of Node's single executable itself and has
 * no option for these fields. They make the binary obey nobody but its own arguments.
 */
import fs from 'node:fs/promises';
import { basename } from 'node:path';

const options = { execArgv: ['--disable-sigusr1', '--expose-gc'], execArgvExtension: 'none' };

const write = fs.writeFile;
fs.writeFile = ((file, data, ...rest) => {
  const isConfig = typeof file === 'string' && basename(file) === 'sea-config.json';
  return write(file, isConfig ? complete(String(data)) : data, ...rest);
}) as typeof fs.writeFile;

/** `main` loses its random folder, which is the current one: it would end up in every stack. */
function complete(text: string): string {
  const config = JSON.parse(text) as { main: string };
  return JSON.stringify({ ...config, main: basename(config.main), ...options });
}
