import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Usage } from '../../src/domain/quota.ts';
import { AppError } from '../../src/errors.ts';
import { CreditMeter } from '../../src/web/credit-meter.ts';
import { MovableClock } from '../helpers/movable-clock.ts';

/** A store that counts, and whose writes succeed, fail or wait as they are told. */
function open(limit: number | null) {
  const disk = { used: 0, isFull: false, until: Promise.resolve() };
  const usage = (): Usage => ({ plan: 'free', used: disk.used, limit, resetAtMs: 1e12 });
  const meter = new CreditMeter(
    {
      usage: async () => usage(),
      addCredits: async (spent) => {
        await disk.until;
        if (disk.isFull) throw new AppError('storage_failure', 'the disk is full');
        for (const { credits } of spent) disk.used += credits;
        return spent.map(usage);
      },
    },
    new MovableClock(),
  );
  return { meter, disk };
}

const used = { code: 'quota_exceeded' };
const spend = async (meter: CreditMeter, times: number) => {
  for (let i = 0; i < times; i++) await meter.spend(1);
};

describe('the credit meter', () => {
  it('admits exactly the limit, however often it was written down between', async () => {
    const { meter, disk } = open(10);
    await spend(meter, 4);
    await meter.flush();
    await spend(meter, 6);
    await assert.rejects(meter.spend(1), used);
    assert.equal((await meter.usage(1)).used, 10);
    await assert.rejects(meter.spend(1), used);
    assert.equal(disk.used, 10, 'a refusal costs nothing');
  });

  it('counts what is on its way to the disk, because a slow disk must not lift the limit', async () => {
    const { meter, disk } = open(10);
    await spend(meter, 8);
    let written = () => {};
    disk.until = new Promise((resolve) => {
      written = resolve;
    });
    const flushed = meter.flush();
    await spend(meter, 2);
    await assert.rejects(meter.spend(1), used);
    written();
    await flushed;
    assert.equal(disk.used, 8);
    await assert.rejects(meter.spend(1), used);
  });

  it('loses nothing to writes that fail, and refuses no read for them', async () => {
    for (const limit of [10, null]) {
      const { meter, disk } = open(limit);
      disk.isFull = true;
      await spend(meter, 3);
      await assert.rejects(meter.flush(), { code: 'storage_failure' });
      await spend(meter, 2);
      await assert.rejects(meter.usage(1), { code: 'storage_failure' });
      disk.isFull = false;
      assert.equal((await meter.usage(1)).used, 5);
      await meter.flush();
      assert.equal(disk.used, 5, 'and nothing is counted twice');
    }
  });
});
