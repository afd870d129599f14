import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Pressure } from '../../src/store/pressure.ts';

/** For a second, every `everyMs` so many posts that took `spentMs`; the pressure right after. */
function after({ everyMs, posts, spentMs }: { everyMs: number; posts: number; spentMs: number }) {
  const pressure = new Pressure();
  let now = 5000;
  for (; now < 6000; now += everyMs) pressure.took(posts, spentMs, now);
  return { now, pressure };
}

const at = (load: Parameters<typeof after>[0]): number => {
  const { pressure, now } = after(load);
  return pressure.at(now);
};

describe('the pressure of posts', () => {
  it('is none without posts', () => {
    assert.equal(new Pressure().at(1e6), 0);
  });

  it('is none for ten large runs a second, because four fifths of the time are free', () => {
    assert.equal(at({ everyMs: 100, posts: 1, spentMs: 20 }), 0);
  });

  it('is full where large runs take all the time', () => {
    assert.equal(at({ everyMs: 20, posts: 1, spentMs: 19 }), 1);
  });

  it('is full where many small ones wait together, though each takes little', () => {
    assert.equal(at({ everyMs: 2, posts: 8, spentMs: 0.4 }), 1);
  });

  it('lies between where half of the time is taken', () => {
    const half = at({ everyMs: 20, posts: 1, spentMs: 10 });
    assert.ok(half > 0.3 && half < 0.7, `${half}`);
  });

  it('is gone half a second after the last post, and back as soon as posts are', () => {
    const { pressure, now } = after({ everyMs: 20, posts: 1, spentMs: 19 });
    assert.equal(pressure.at(now + 500), 0);
    for (let ms = 10_000; ms < 10_300; ms += 20) pressure.took(1, 19, ms);
    assert.ok(pressure.at(10_300) > 0.9);
  });
});
