import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file or folder that ships with the program: beside the bundle in the binary, at the top of the
 * tree in a checkout. Absolute path.
 */
export function resource(name: 'views' | 'migrations' | 'docs' | 'package.json'): string {
  const bundled = join(import.meta.dirname, name);
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '..', name);
}
