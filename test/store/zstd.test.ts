import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { pack, unpack } from '../../src/store/zstd.ts';

const ones = (bytes: Uint8Array) => zstdCompressSync(bytes, { pledgedSrcSize: bytes.length });
/** Runs of equal bytes, as columns are. */
const plain = fc
  .array(fc.tuple(fc.nat(255), fc.oneof(fc.nat(20), fc.nat(3000))), { maxLength: 400 })
  .map((runs) => Buffer.concat(runs.map(([byte, times]) => Buffer.alloc(times, byte))));

describe('Zstandard of one lasting context', () => {
  it("writes Node's bytes whatever it wrote before, because a rebuild must yield the same file", () => {
    fc.assert(
      fc.property(plain, (bytes) => {
        assert.deepEqual(pack(bytes), ones(bytes));
        assert.deepEqual(unpack(ones(bytes)), bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('knows no size at which it stops', () => {
    for (const length of [131_071, 131_072, 131_073, 262_144, 3_000_000]) {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * i) >> (i % 11)));
      assert.deepEqual(pack(bytes), ones(bytes));
      assert.deepEqual(unpack(pack(bytes)), bytes);
      assert.deepEqual(zstdDecompressSync(pack(bytes)), bytes);
    }
  });

  it('leaves nothing of a frame that broke to the next one', () => {
    const bytes = Buffer.alloc(5000, 'ok, not ok, ');
    const frame = pack(bytes);
    const broken = Buffer.from(frame).fill(0xff, 5);
    const faults: [Uint8Array, RegExp][] = [
      [frame.subarray(0, -3), /unexpected end of file/],
      [new Uint8Array(0), /unexpected end of file/],
      [Buffer.from('no frame at all'), /Unknown frame descriptor/],
      [broken, /./],
    ];
    for (const [fault, message] of faults) {
      assert.throws(() => unpack(fault), { message });
      assert.deepEqual(unpack(frame), bytes);
    }
  });
});
