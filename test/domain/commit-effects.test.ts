import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { commitEffects } from '../../src/domain/commit-effects.ts';
import { chance, normal } from './chance.ts';
import { atOnce, type DurationRow, sourceOf } from './duration-table.ts';

/** `tests` tests between 30 ms and 3 s; `speed` tells how slow the machine was at a commit (ln). */
function table(
  tests: number,
  commits: number,
  seed: number,
  speed: (commit: number) => number,
): DurationRow[] {
  const next = chance(seed);
  return Array.from({ length: tests }, (_, test) => {
    const usual = Math.log(30 * 100 ** next());
    const logs = Array.from({ length: commits }, () => usual + 0.1 * normal(next));
    return { test, logs: logs.map((log, commit) => log + speed(commit)) };
  });
}

const effectsOf = (rows: readonly DurationRow[], commits: number): Float64Array =>
  atOnce(commitEffects(sourceOf(rows, commits)));

/** Rows with some results left out, the same ones for the same seed. */
function thinned(rows: readonly DurationRow[], share: number, seed: number): DurationRow[] {
  const next = chance(seed);
  return rows.map(({ test, logs }) => ({
    test,
    logs: Array.from(logs, (log) => (next() < share ? Number.NaN : log)),
  }));
}

const isNear = (a: number, b: number): boolean =>
  (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) < 1e-9;

describe('effects of commits', () => {
  it('a slow machine is seen at its commit and at no other, because all tests share it', () => {
    const effects = effectsOf(
      table(100, 60, 1, (commit) => (commit === 40 ? Math.LN2 : 0)),
      60,
    );
    assert.ok(Math.abs(effects[40]! - Math.LN2) < 0.06);
    assert.ok(effects.every((effect, commit) => commit === 40 || Math.abs(effect) < 0.06));
  });
  it('the usual machine has the effect 0, although the first was a slow one', () => {
    const effects = effectsOf(
      table(100, 60, 1, (commit) => (commit < 5 ? 1 : 0)),
      60,
    );
    assert.ok(effects.every((effect, commit) => Math.abs(effect - (commit < 5 ? 1 : 0)) < 0.06));
  });
  it('machines that differ at every commit are told apart, because each test is its own measure', () => {
    const next = chance(7);
    const truth = Array.from({ length: 120 }, () => 0.3 * normal(next));
    const rows = table(400, 120, 2, (commit) => truth[commit]!);
    const off = effectsOf(thinned(rows, 0.5, 3), 120).map(
      (effect, commit) => effect - truth[commit]!,
    );
    const least = Math.min(...off);
    assert.ok(off.every((each) => each - least < 0.1));
  });
  it('tests that took turns do not make machines slow, because each is held against itself', () => {
    const rows = table(200, 80, 4, () => 0).map(({ test, logs }) => ({
      test,
      logs: Array.from(logs, (log, commit) =>
        commit % 2 === test % 2 ? log + (test % 2) * 3 : Number.NaN,
      ),
    }));
    assert.ok(effectsOf(rows, 80).every((effect) => Math.abs(effect) < 0.15));
  });
  it('below 30 tests nothing is known, because a few tests tell nothing of a machine', () => {
    assert.ok(
      effectsOf(
        table(29, 20, 3, () => 1),
        20,
      ).every(Number.isNaN),
    );
    assert.ok(
      !effectsOf(
        table(30, 20, 3, () => 1),
        20,
      ).some(Number.isNaN),
    );
    const rows = table(40, 20, 3, () => 0).map(({ test, logs }) => ({
      test,
      logs: Array.from(logs, (log, commit) => (commit === 9 && test < 11 ? Number.NaN : log)),
    }));
    assert.deepEqual(
      Array.from(effectsOf(rows, 20).keys()).filter((commit) =>
        Number.isNaN(effectsOf(rows, 20)[commit]!),
      ),
      [9],
    );
  });
  it('tests below 20 ms, or with nine results, say nothing, because theirs is the grain of a clock', () => {
    const short = table(40, 20, 4, () => 0).map(({ test, logs }) => ({
      test,
      logs: Array.from(logs, (log) => (test < 11 ? Math.log(15) : log)),
    }));
    assert.ok(effectsOf(short, 20).every(Number.isNaN));
    assert.ok(
      effectsOf(
        table(40, 9, 4, () => 0),
        9,
      ).every(Number.isNaN),
    );
  });
  it('of many tests those with the smallest hashes are looked at, whatever their order', () => {
    const rows = table(1500, 12, 5, (commit) => commit / 20);
    const effects = effectsOf(rows, 12);
    const next = chance(8);
    const shuffled = rows
      .map((row) => ({ row, at: next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ row }) => row);
    assert.deepEqual(effectsOf(shuffled, 12), effects);
    let reads = 0;
    const source = sourceOf(rows, 12);
    const counted: typeof source = {
      ...source,
      read: (variant, into) => {
        reads++;
        return source.read(variant, into);
      },
    };
    atOnce(commitEffects(counted));
    assert.equal(reads, 512);
  });
  it('multiplying a commit by a factor changes its effect alone, and a test none (P30, P31)', () => {
    const factors = fc.array(fc.double({ min: -1, max: 1.5, noNaN: true }), {
      minLength: 30,
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        fc.nat(),
        factors,
        fc.double({ max: 0.2, min: 0, noNaN: true }),
        (seed, ln, share) => {
          const plain = thinned(
            table(80, 30, seed, () => 0),
            share,
            seed + 1,
          );
          const before = effectsOf(plain, 30);
          const slowed = plain.map(({ test, logs }) => ({
            test,
            logs: Array.from(logs, (log, commit) => log + ln[commit]!),
          }));
          const after = effectsOf(slowed, 30).map((effect, commit) => effect - ln[commit]!);
          const shift = after[0]! - before[0]!;
          assert.ok(after.every((effect, commit) => isNear(effect - shift, before[commit]!)));
          const longer = plain.map(({ test, logs }) => ({
            test,
            logs: Array.from(logs, (log) => log + 2 + ln[test % 30]!),
          }));
          assert.ok(
            effectsOf(longer, 30).every((effect, commit) => isNear(effect, before[commit]!)),
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});
