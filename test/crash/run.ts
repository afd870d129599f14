/** Runs the crash tests one by one, `--full` in the size that a release needs. */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const isFull = process.argv.includes('--full');
const random = ['generated-bodies', 'mutated-requests'].map((name) => `../web/${name}.test.ts`);
const files = globSync(join(import.meta.dirname, '*.system.ts')).sort();
// In the small size they belong to `npm test`.
if (isFull) files.push(...random.map((file) => join(import.meta.dirname, file)));
const args = ['--test', '--test-concurrency=1', '--test-reporter=spec'];
const { status } = spawnSync(process.execPath, [...args, ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...(isFull && { QUALITYPILOT_CRASH_TESTS: 'full' }) },
});
process.exitCode = status ?? 1;
