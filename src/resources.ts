import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A file or folder that ships with the program: beside the bundle in the binary, at the top of the
 * tree in a checkout. Absolute path.
 */
export function resource(name: 'views' | 'migrations' | 'package.json'): string {
  const bundled = new URL(`./${name}`, import.meta.url);
  return fileURLToPath(existsSync(bundled) ? bundled : new URL(`../${name}`, import.meta.url));
}
