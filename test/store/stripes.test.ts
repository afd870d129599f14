import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodeColumns, findCase } from '../../src/store/blocks.ts';
import { CorruptBlockError } from '../../src/store/sealed.ts';
import { groupOf, readStripe, StripeBuilder } from '../../src/store/stripes.ts';

const oneCase = fc.record({
  test: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  status: fc.integer({ min: 0, max: 3 }),
  duration: fc.oneof(fc.constant(-1), fc.nat(500), fc.constant(30 * 86_400_000)),
  attempts: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 1000 })),
});
const uploads = fc.array(fc.array(oneCase, { maxLength: 40 }), { maxLength: 64 });
type OneCase = typeof oneCase extends fc.Arbitrary<infer T> ? T : never;

const columnsOf = (cases: readonly OneCase[]) => ({
  tests: Uint32Array.from(cases, (c) => c.test),
  statuses: Uint8Array.from(cases, (c) => c.status),
  durations: Float64Array.from(cases, (c) => c.duration),
  attempts: Uint16Array.from(cases, (c) => c.attempts),
  startedAtMs: null,
});

function built(list: readonly (readonly OneCase[])[]): StripeBuilder {
  const builder = new StripeBuilder();
  list.forEach((cases, i) => {
    builder.add(7 + i * 3, columnsOf(cases));
  });
  return builder;
}

describe('stripe', () => {
  it('tells of every test what the blocks of its uploads tell, because it is derived from them', () => {
    fc.assert(
      fc.property(uploads, (list) => {
        const builder = built(list);
        const blocks = new Map(builder.groups.map((group) => [group, builder.encode(group)]));
        for (const test of new Set(list.flat().map((c) => c.test))) {
          const expected = list.flatMap((cases, i) => {
            const found = findCase(encodeColumns(columnsOf(cases)), test);
            return found === null ? [] : [{ uploadSeq: 7 + i * 3, ...found }];
          });
          assert.deepEqual(readStripe(blocks.get(groupOf(test))!, test), expected);
        }
      }),
      { numRuns: 100 },
    );
  });
  it('a test of the group that did not run has no cells', () => {
    const builder = built([[{ test: 5, status: 1, duration: 3, attempts: 1 }]]);
    assert.deepEqual(readStripe(builder.encode(0), 6), []);
  });
  it('any flipped bit is found', () => {
    const cases = Array.from({ length: 40 }, (_, i) => ({
      test: i,
      status: i % 4,
      duration: i * 5,
      attempts: 1 + (i % 3),
    }));
    const block = built([cases, cases.slice(3)]).encode(0);
    for (let bit = 0; bit < block.length * 8; bit++) {
      const damaged = Buffer.from(block);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => readStripe(damaged, 5), CorruptBlockError, `bit ${bit}`);
    }
  });
  it('64 uploads of plain cases take less than 1.2 bytes a case, because they are stored twice', () => {
    const list = Array.from({ length: 64 }, (_, upload) =>
      Array.from({ length: 256 }, (_, test) => ({
        test,
        status: 0,
        duration: 100 + test + ((test * 31 + upload * 17) % 40),
        attempts: 1,
      })),
    );
    assert.ok(built(list).encode(0).length < 256 * 64 * 1.2);
  });
});
