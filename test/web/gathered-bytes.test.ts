import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteBudget } from '../../src/web/byte-budget.ts';
import { GatheredBytes } from '../../src/web/gathered-bytes.ts';

const MiB = 1 << 20;
/** in memory of its own, as Node's parser gives it */
const own = (length: number, byte = 1) => new Uint8Array(length).fill(byte);

describe('bytes that come in pieces', () => {
  const piece = fc.record({
    length: fc.oneof(fc.nat(3), fc.nat(40_000), fc.constant(65_536), fc.nat(MiB)),
    byte: fc.nat(255),
    isPart: fc.boolean(),
  });

  it('are what came, in order, whatever the pieces; the budget has all of it back', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const budget = new ByteBudget(32 * MiB);
        const gathered = new GatheredBytes(budget);
        const all = pieces.map(({ length, byte }) => Buffer.alloc(length, byte));
        for (const { length, byte, isPart } of pieces) {
          gathered.add(isPart ? own(length + 1, byte).subarray(1) : own(length, byte));
          assert.ok(budget.used >= gathered.length);
        }
        const whole = gathered.whole();
        assert.ok(Buffer.concat(all).equals(whole));
        assert.equal(budget.used, whole.length);
        gathered.release();
        gathered.release();
        assert.equal(budget.used, 0);
        assert.ok(whole.buffer.byteLength >= whole.length, 'release touches what was handed out');
      }),
      { numRuns: 200 },
    );
  });

  it('take no more than twice their room when they come one by one, because each would cost 200', () => {
    const budget = new ByteBudget(MiB);
    const gathered = new GatheredBytes(budget);
    for (let i = 0; i < 100_000; i++) {
      gathered.add(own(1));
      assert.ok(budget.used <= 2 * gathered.length);
    }
    assert.equal(gathered.whole().length, 100_000);
  });

  it('leave no memory to the collector, because it would let hundreds of MB of it lie', () => {
    const budget = new ByteBudget(4 * MiB);
    const gathered = new GatheredBytes(budget);
    const pieces = [own(10), own(65_536), own(MiB), own(2 * MiB)];
    for (const bytes of pieces) gathered.add(bytes);
    assert.throws(() => gathered.add(own(2 * MiB)), { code: 'busy' });
    gathered.release();
    assert.deepEqual(
      pieces.map(({ buffer }) => buffer.byteLength),
      [0, 0, 0, 0],
    );
    assert.equal(budget.used, 0);
  });

  it('leave memory alone that others may look at', () => {
    const shared = own(100, 7);
    const gathered = new GatheredBytes(new ByteBudget(MiB));
    gathered.add(shared.subarray(0, 50));
    assert.deepEqual(shared, own(100, 7));
    assert.deepEqual(gathered.whole(), own(50, 7));
  });

  it('one piece alone stays where it is, because most bodies are one', () => {
    const gathered = new GatheredBytes(new ByteBudget(MiB));
    const bytes = own(20_000);
    const { buffer } = bytes;
    gathered.add(bytes);
    assert.equal(gathered.whole().buffer, buffer);
  });
});
