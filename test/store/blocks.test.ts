import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Columns,
  decodeColumns,
  decodeTexts,
  encodeColumns,
  encodeTexts,
  findCase,
} from '../../src/store/blocks.ts';
import { CorruptBlockError } from '../../src/store/sealed.ts';

const oneCase = fc.record({
  test: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  status: fc.integer({ min: 0, max: 3 }),
  duration: fc.oneof(
    fc.constant(-1),
    fc.integer({ min: 0, max: 5000 }),
    fc.constant(30 * 86_400_000),
    fc.constant(2 ** 53 - 2),
  ),
  attempts: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1000 })),
  start: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: 2 ** 42 })),
});
type OneCase = typeof oneCase extends fc.Arbitrary<infer T> ? T : never;

function columnsOf(cases: readonly OneCase[], hasStarts = true): Columns {
  return {
    tests: Uint32Array.from(cases, (c) => c.test),
    statuses: Uint8Array.from(cases, (c) => c.status),
    durations: Float64Array.from(cases, (c) => c.duration),
    attempts: Uint16Array.from(cases, (c) => c.attempts),
    startedAtMs: hasStarts ? Float64Array.from(cases, (c) => c.start) : null,
  };
}

/** failed before flaky before passed before skipped */
const badness = [1, 3, 0, 2];

function foldOf(cases: readonly OneCase[]) {
  const worst = cases.reduce((a, b) => (badness[b.status]! > badness[a.status]! ? b : a));
  return {
    status: worst.status,
    durationMs: Math.max(...cases.map((c) => c.duration)),
    attempts: cases.reduce((sum, c) => sum + c.attempts, 0),
  };
}

describe('run block', () => {
  it('what goes in comes out, for any cases', () => {
    fc.assert(
      fc.property(fc.array(oneCase, { maxLength: 300 }), fc.boolean(), (cases, hasStarts) => {
        const columns = columnsOf(cases, hasStarts);
        assert.deepEqual(decodeColumns(encodeColumns(columns)), columns);
      }),
      { numRuns: 300 },
    );
  });
  it('0 and 10,000 cases are blocks like others', () => {
    const typical = Array.from({ length: 10_000 }, (_, i) => ({
      test: i,
      status: i % 97 === 0 ? 1 : 0,
      duration: (i * 7919) % 400,
      attempts: 1,
      start: Number.NaN,
    }));
    for (const n of [0, 1, 3, 4, 5, 10_000]) {
      const columns = columnsOf(typical.slice(0, n), false);
      assert.deepEqual(decodeColumns(encodeColumns(columns)), columns);
    }
  });
  it('10,000 plain cases take less than 2 bytes each, because that is why there are blocks', () => {
    const cases = Array.from({ length: 10_000 }, (_, i) => ({
      test: i,
      status: 0,
      duration: (i * 7919) % 400,
      attempts: 1,
      start: 0,
    }));
    assert.ok(encodeColumns(columnsOf(cases, false)).length < 20_000);
  });

  it('any flipped bit is found, never guessed around', () => {
    const block = encodeColumns(
      columnsOf(
        Array.from({ length: 50 }, (_, i) => ({
          test: i * 3,
          status: i % 4,
          duration: i * 11,
          attempts: 1 + (i % 2),
          start: 1e12 + i,
        })),
      ),
    );
    for (let bit = 0; bit < block.length * 8; bit++) {
      const damaged = Buffer.from(block);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => decodeColumns(damaged), CorruptBlockError, `bit ${bit}`);
    }
  });
  it('any flipped bit of any block is found, because cases differ and so do their bytes', () => {
    fc.assert(
      fc.property(fc.array(oneCase, { maxLength: 60 }), fc.nat(), (cases, place) => {
        const block = encodeColumns(columnsOf(cases));
        const bit = place % (block.length * 8);
        block[bit >> 3]! ^= 1 << (bit & 7);
        assert.throws(() => decodeColumns(block), CorruptBlockError);
      }),
      { numRuns: 500 },
    );
  });
  it('equal tests are folded when one test is looked for, and others are not touched', () => {
    fc.assert(
      fc.property(fc.array(oneCase, { maxLength: 60 }), fc.nat(60), (cases, test) => {
        const own = cases.filter((c) => c.test === test);
        const expected = own.length === 0 ? null : foldOf(own);
        assert.deepEqual(findCase(encodeColumns(columnsOf(cases)), test), expected);
      }),
      { numRuns: 500 },
    );
  });
  it('a block cut anywhere is found', () => {
    const block = encodeColumns(
      columnsOf([{ test: 1, status: 1, duration: 5, attempts: 2, start: 7 }]),
    );
    for (let n = 0; n < block.length; n++)
      assert.throws(() => decodeColumns(block.subarray(0, n)), CorruptBlockError);
  });

  it('texts come back with their positions; a run that says nothing has none', () => {
    const texts = [
      { position: 3, errorMessage: 'expected 401 "', stack: 'at a\nat b', file: null, line: 7 },
    ];
    assert.deepEqual(decodeTexts(encodeTexts(texts)), texts);
    assert.equal(encodeTexts([]), null);
    assert.deepEqual(decodeTexts(null), []);
  });
});
