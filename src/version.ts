import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { resource } from './resources.ts';

/** Set by the bundler; absent in a checkout. */
declare const BUILD_COMMIT: string | undefined;

const packageFile = resource('package.json');

export const version = (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string })
  .version;

/** The commit this program was built from, or that is checked out; `unknown` outside of git. */
export function commit(): string {
  if (typeof BUILD_COMMIT === 'string') return BUILD_COMMIT;
  try {
    const args = ['-C', dirname(packageFile), 'rev-parse', '--short=12', 'HEAD'];
    return execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
