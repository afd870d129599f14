import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Bench } from './bad-inputs/bench.ts';
import { badInputs } from './bad-inputs.ts';

describe('bad inputs', () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open();
  });
  after(() => bench.close());

  it('are numbered from 1 to 112 without a gap, because each has one answer', () => {
    assert.deepEqual(
      badInputs.map(({ number }) => number),
      Array.from({ length: 112 }, (_, i) => i + 1),
    );
  });

  for (const row of badInputs) {
    if (!('test' in row)) continue;
    it(`${row.number}. ${row.input} → ${row.expected}`, async () => {
      try {
        await row.test(bench);
        await bench.verify();
      } finally {
        bench.paceMs = 3000;
      }
    });
  }
});
