import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { ballastBytes, DiskSpace, lowWater, type Space } from '../../src/store/disk-space.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

describe('disk space', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
  const ballast = join(folder, 'ballast');
  const space: Space = { free: 60 * MiB, total: 100 * MiB };
  const disk = new DiskSpace(folder, () => ({ ...space }));
  after(() => rmSync(folder, { recursive: true }));
  const refusalAt = (free: number) => {
    space.free = free;
    disk.look();
    return disk.refusal !== null;
  };

  it('asks for room by the size of the disk', () => {
    const table: [total: number, low: number, ballast: number][] = [
      [24 * MiB, 6, 3],
      [100 * MiB, 16, 8],
      [1 * GiB, 51.2, 25.6],
      [4 * GiB, 204.8, 32],
      [1024 * GiB, 256, 32],
    ];
    for (const [total, low, kept] of table) {
      assert.equal(lowWater(total) / MiB, low);
      assert.equal(ballastBytes(total), Math.floor(kept * MiB));
    }
  });

  it('giving the ballast up never lets runs in again, whatever the disk', () => {
    fc.assert(
      fc.property(fc.integer({ min: MiB, max: 64 * 1024 * GiB }), (total) => {
        assert.ok(ballastBytes(total) <= lowWater(total) / 2);
        assert.ok(lowWater(total) <= total / 4);
      }),
    );
  });

  it('refuses under the mark and accepts again only a quarter above it, because it must not flap', () => {
    const picture = [20, 16, 15.9, 16, 19.9, 20, 16, 15].map((free) => refusalAt(free * MiB));
    assert.deepEqual(picture, [false, false, true, true, true, false, false, true]);
    assert.match(disk.refusal!, /^the disk is nearly full \(15 MiB free\)/);
    assert.equal(refusalAt(60 * MiB), false);
  });

  it('keeps a ballast of its size, and makes it only when there is plenty of room', async () => {
    space.free = 27 * MiB;
    await disk.keepBallast();
    assert.equal(existsSync(ballast), false);
    space.free = 29 * MiB;
    writeFileSync(ballast, 'a wrong one');
    await disk.keepBallast();
    assert.equal(statSync(ballast).size, 8 * MiB);
    assert.ok(statSync(ballast).blocks * 512 >= 8 * MiB, 'it holds no blocks');
    assert.equal(statSync(ballast).mode & 0o777, 0o600);
  });

  it('gives the ballast up once, and refuses until there is room, whatever was measured before', () => {
    assert.equal(disk.filled(), true);
    assert.equal(existsSync(ballast), false);
    assert.notEqual(disk.refusal, null);
    assert.equal(disk.filled(), false);
    assert.equal(refusalAt(60 * MiB), false);
  });

  it('a start gives it up only when nothing could be opened otherwise', async () => {
    await disk.keepBallast();
    space.free = 2 * MiB;
    disk.makeRoomToOpen();
    assert.ok(existsSync(ballast));
    space.free = MiB / 2;
    disk.makeRoomToOpen();
    assert.equal(existsSync(ballast), false);
  });

  it('a disk that cannot be measured keeps its state', () => {
    const blind = new DiskSpace(folder, () => {
      throw new Error('no');
    });
    blind.look();
    assert.equal(blind.refusal, null);
  });
});
