import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CommitStart } from '../../src/domain/commit-start.ts';
import { judgeVariant } from '../../src/domain/flakiness.ts';
import { alarmOf, headOf, isCalm, onsetOf } from '../../src/domain/new-failure.ts';
import { filterUnits, goodRate } from '../../src/domain/two-state.ts';
import { Units } from '../../src/domain/units.ts';
import { goodOf, unitsOf } from './pictured-units.ts';

const dots = (n: number) => '.'.repeat(n);

function alarm(picture: string) {
  const units = unitsOf(picture);
  return alarmOf(headOf(units, goodOf(units), 300));
}

describe('a new failure', () => {
  it('is suspected at the first red of a solid test and confirmed as its history allows', () => {
    for (const [picture, level] of [
      [`${dots(200)}x`, 'suspected'],
      [`${dots(200)}xx`, 'confirmed'],
      [`${dots(100)}xx`, 'suspected'],
      [`${dots(100)}xxx`, 'confirmed'],
      [`${dots(20)}xx`, 'suspected'],
      [`${dots(20)}xxx`, 'confirmed'],
      [`${dots(5)}xxx`, 'suspected'],
      [`${dots(5)}xxxx`, 'confirmed'],
      [`${dots(20)}x`, 'none'],
      ['xx', 'suspected'],
      ['xxx', 'confirmed'],
    ] as const) {
      assert.equal(alarm(picture).level, level, picture);
    }
  });

  it('the rule of three in a row is as risky as measured, not as the filter says', () => {
    assert.equal(alarm(`${dots(5)}xxxx`).risk, 0.01);
    assert.ok(alarm(`${dots(200)}xx`).risk < 0.001);
  });

  it('a test that never passed is told although pull requests fail in it too, before and between', () => {
    for (const picture of ['oxxx', 'oooxxx', 'xooxox', 'ooxooxoox']) {
      assert.equal(alarm(picture).level, alarm('xxx').level, picture);
    }
    assert.equal(alarm('xxx').level, 'confirmed');
  });

  it('nothing is confirmed in the first ten commits of a repo, because all its failures are new', () => {
    const head = { broken: 0.9999, flaky: 0, failingInARow: 3, units: 9, commits: 9 };
    assert.equal(alarmOf(head).level, 'suspected');
    assert.equal(alarmOf({ ...head, commits: 10 }).level, 'confirmed');
  });

  it('a test is not known to be flaky by the very failures in question', () => {
    assert.equal(alarm(`${dots(5)}xxxx`).level, 'confirmed');
    assert.equal(alarm(`${'.~'.repeat(6)}${dots(5)}xxx`).level, 'none');
  });

  it('a known flaky test needs near certainty and three in a row', () => {
    const head = { broken: 0.9995, flaky: 0.95, failingInARow: 5, units: 200, commits: 200 };
    assert.equal(alarmOf(head).level, 'suspected');
    assert.equal(alarmOf({ ...head, broken: 0.99995 }).level, 'confirmed');
    assert.equal(alarmOf({ ...head, broken: 0.99995, failingInARow: 2 }).level, 'suspected');
    assert.equal(alarmOf({ ...head, flaky: 0.5 }).level, 'confirmed');
  });

  it('a history of passes never alarms, however long and with whatever gaps (P27)', () => {
    const passes = fc.array(fc.constantFrom('.', '..', '_', 'p'), { maxLength: 200 });
    fc.assert(
      fc.property(passes, (parts) => {
        assert.deepEqual(alarm(parts.join('')), { level: 'none', risk: 1 });
      }),
    );
  });

  it('ends with passes only: a test that never passed does not repair itself by failing on', () => {
    const broken = filterUnits(unitsOf('x'.repeat(30))).broken;
    assert.ok(broken < 0.05, 'the filter takes it for its usual rate');
    assert.equal(isCalm(broken, 0), false);
    assert.equal(isCalm(0.01, 1), true);
    assert.equal(isCalm(0.06, 1), false);
  });

  it('began after the last surely good unit: the pass before a row may have been luck', () => {
    const onset = (picture: string) => {
      const units = unitsOf(picture);
      const good = goodOf(units);
      judgeVariant(units, good);
      return onsetOf(units, good);
    };
    assert.deepEqual(onset(`${dots(100)}xxx`), { lastGood: 98, firstBad: 100 });
    assert.deepEqual(onset(`${dots(100)}xx~xx`), { lastGood: 98, firstBad: 100 });
    assert.deepEqual(onset(`${dots(100)}x`), { lastGood: 99, firstBad: 100 });
    assert.deepEqual(onset(`${dots(100)}pxoxx`), { lastGood: 98, firstBad: 101 });
    assert.deepEqual(onset('xxx'), { lastGood: -1, firstBad: 0 });
    assert.equal(onset(`${dots(100)}xxx..`), null);
    assert.equal(onset(''), null);
  });
});

describe('a start of many failures', () => {
  const test = { failing: 1, passing: 0, passedBefore: true, rate: null };

  it('counts who passed before and fails now, against who would have by flaking', () => {
    const start = new CommitStart();
    for (let i = 0; i < 5; i++) start.add(test);
    start.add({ ...test, passedBefore: false, rate: 0.95 });
    start.add({ ...test, passing: 1 });
    start.add({ failing: 0, passing: 1, passedBefore: true, rate: 0.25 });
    start.add({ failing: 0, passing: 0, passedBefore: true, rate: 0.5 });
    assert.deepEqual([start.failing, start.expected, start.excess], [5, 0.25, 4.75]);
    assert.ok(Math.abs(start.breakage - 3e-4 * 28.5) < 1e-12, 'less what 0.25 vary by, twice');
  });

  it('alarms do not change when unrelated tests that always pass are added (P29)', () => {
    const cell = fc.constantFrom('.', '.', '.', '.', '.', '.', 'x', '~', '_');
    const row = fc.array(cell, { minLength: 30, maxLength: 30 }).map((cells) => cells.join(''));
    const broken = fc.integer({ min: 1, max: 6 }).map((n) => dots(30 - n) + 'x'.repeat(n));
    const rows = fc.array(fc.oneof(row, broken), { minLength: 1, maxLength: 8 });
    let alarms = 0;
    fc.assert(
      fc.property(rows, fc.nat({ max: 40 }), (list, extra) => {
        const alone = alarmsOf(list);
        alarms += alone.filter(({ level }) => level !== 'none').length;
        const among = alarmsOf([...list, ...Array<string>(extra).fill(dots(30))]);
        assert.deepEqual(among.slice(0, list.length), alone);
        assert.ok(among.slice(list.length).every(({ level }) => level === 'none'));
      }),
      { numRuns: 40 },
    );
    assert.ok(alarms > 30, `${alarms} alarms`);
  });
});

/** The alarms of a repo at its newest commit; one picture per test, all of one length. */
function alarmsOf(pictures: string[]) {
  const plain = pictures.map((picture) => unitsOf(picture));
  const breakage = [...pictures[0]!].map((_, commit) => {
    const start = new CommitStart();
    pictures.forEach((picture, test) => {
      if (picture[commit] === '_') return;
      const unit = [...picture.slice(0, commit)].filter((c) => c !== '_').length;
      const units = plain[test]!;
      start.add({
        failing: units.failing[unit]!,
        passing: units.passing[unit]!,
        passedBefore: unit > 0 && units.passing[unit - 1]! > 0,
        rate: units.isClean(unit) ? null : goodRate(filterUnits(units, unit)),
      });
    });
    return start.breakage;
  });
  return plain.map((units, test) => {
    const commits = [...pictures[test]!].flatMap((c, commit) => (c === '_' ? [] : [commit]));
    const own = new Units(units.capacity);
    own.clear(true);
    commits.forEach((commit, i) => {
      own.push({
        failing: units.failing[i]!,
        passing: units.passing[i]!,
        gap: units.gap[i]!,
        breakage: breakage[commit]!,
        keep: 1,
        isPull: false,
      });
    });
    return alarmOf(headOf(own, goodOf(own), pictures[0]!.length));
  });
}
