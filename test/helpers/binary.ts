import { execFileSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const file = join(root, 'build/out/qualitypilot-linux-x64');
const sources = ['src/**/*', 'views/**/*', 'migrations/*', 'build/*.ts', 'package.json'];

/** The binary of this checkout, built when there is none or when a source is newer (about 10 s). */
export function builtBinary(): string {
  const newest = Math.max(
    ...sources.flatMap((glob) => globSync(glob, { cwd: root })).map((name) => changedMs(name)),
  );
  if (!existsSync(file) || statSync(file).mtimeMs < newest) {
    execFileSync(process.execPath, ['build/binary.ts'], { cwd: root, stdio: 'pipe' });
  }
  return file;
}

const changedMs = (name: string): number => statSync(join(root, name)).mtimeMs;
