import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openApiDocument } from '../../src/contract/openapi.ts';

const linter = join(import.meta.dirname, '../../node_modules/.bin/redocly');

describe('the OpenAPI document', () => {
  it('passes the linter without a word, because tools of others read it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
    try {
      const document = openApiDocument('1.0.0', 'http://127.0.0.1:8080');
      writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document));
      const args = ['lint', 'openapi.json', '--format', 'json', '--max-problems', '100'];
      const env = {
        ...process.env,
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      };
      const { stdout, status, stderr } = spawnSync(linter, args, {
        cwd: folder,
        encoding: 'utf8',
        env,
        timeout: 60_000,
      });
      assert.equal(status, 0, stdout + stderr);
      assert.deepEqual((JSON.parse(stdout) as { problems: object[] }).problems, []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
