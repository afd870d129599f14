import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeColumns, encodeColumns } from '../../src/store/blocks.ts';

const docs = readFileSync(join(import.meta.dirname, '../../docs/storage.md'), 'utf8');

/** The bytes at the start of each line of the example. */
function exampleBytes(): Buffer {
  const [, example] = /storage-docs\.test\.ts -->\n```\n([\s\S]*?)```/.exec(docs)!;
  const lines = example!.trim().split('\n');
  return Buffer.from(
    lines.map((line) => /^((?:[0-9a-f]{2} ?)+)/.exec(line)![1]!.replaceAll(' ', '')).join(''),
    'hex',
  );
}

describe('docs/storage.md', () => {
  it('its example is the block it says, because others write readers from it', () => {
    const columns = decodeColumns(exampleBytes());
    assert.deepEqual(columns, {
      tests: Uint32Array.of(7, 8, 3),
      statuses: Uint8Array.of(0, 1, 3),
      durations: Float64Array.of(12, -1, 300),
      attempts: Uint16Array.of(1, 1, 2),
      startedAtMs: null,
    });
    assert.deepEqual(encodeColumns(columns), exampleBytes());
  });
});
