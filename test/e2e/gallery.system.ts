import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

it('every page of the demo fits, stands still and has no fault that axe finds, because people see them all', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-gallery-'));
  const program = join(import.meta.dirname, '../gallery/gallery.ts');
  const child = spawn(process.execPath, [program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const [code] = await once(child, 'close');
  rmSync(folder, { recursive: true });
  assert.equal(code, 0, printed);
  assert.match(printed, /pages at 3 widths in 2 themes/);
});
