import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type CulpritEvidence,
  firstBadCommit,
  firstCandidate,
  flakePrior,
} from '../../src/domain/culprit.ts';
import { chance } from './chance.ts';

const noHistory = flakePrior({ failing: 0, passing: 0 });

/** One test per picture, one commit per character: `x` failed, `.` passed, ` ` not run. */
const seen = (picture: string): CulpritEvidence => ({
  prior: noHistory,
  failed: Array.from(picture, (mark) => Number(mark === 'x')),
  passed: Array.from(picture, (mark) => Number(mark === '.')),
});
const judge = (...pictures: string[]): ReturnType<typeof firstBadCommit> =>
  firstBadCommit(pictures[0]!.length, pictures.map(seen));

/** Noisy pictures: `tests` tests of flake rate 0 to 0.3 break at `at` and fail there at `rate`. */
function incident(next: () => number, tests: number, at: number, rate: number): CulpritEvidence[] {
  return Array.from({ length: tests }, () => {
    const flake = next() < 0.5 ? 0 : next() * 0.3;
    const marks = Array.from({ length: 40 }, (_, k) =>
      next() < (k >= at ? rate : flake) ? 'x' : '.',
    );
    return seen(marks.join(''));
  });
}

function coverage(tests: number, rate: number): { covered: number; size: number } {
  const next = chance(11);
  const tries = 200;
  let [covered, size] = [0, 0];
  for (let i = 0; i < tries; i++) {
    const at = 10 + Math.floor(next() * 25);
    const { likely } = firstBadCommit(40, incident(next, tests, at, rate));
    covered += Number(likely.includes(at)) / tries;
    size += likely.length / tries;
  }
  return { covered, size };
}

describe('first bad commit', () => {
  it('....xxxx → the fifth, because nothing else explains both halves', () => {
    const found = judge('....xxxx');
    assert.equal(found.top, 4);
    assert.ok(found.probabilities[4]! > 0.8);
  });
  it('clean data name the commit: among two at most for one test, alone for three (P35)', () => {
    const lengths = fc.integer({ min: 3, max: 25 });
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 60 }), lengths, (good, bad) => {
        const found = judge('.'.repeat(good) + 'x'.repeat(bad));
        assert.equal(found.top, good);
        assert.ok(found.likely.length <= 2);
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        lengths,
        fc.integer({ min: 3, max: 6 }),
        (good, bad, tests) => {
          const found = judge(...Array<string>(tests).fill('.'.repeat(good) + 'x'.repeat(bad)));
          assert.deepEqual(found.likely, [good]);
        },
      ),
    );
  });
  it('probabilities sum to 1 and the set holds 95 %, whatever was seen (P35)', () => {
    const picture = fc.string({
      unit: fc.constantFrom('x', '.', ' '),
      minLength: 12,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(picture, { minLength: 1, maxLength: 5 }), (pictures) => {
        const { probabilities, likely, top, lastSurelyGood, firstSurelyBad } = judge(...pictures);
        const sum = probabilities.reduce((total, each) => total + each, 0);
        assert.ok(Math.abs(sum - 1) < 1e-12);
        assert.ok(likely.reduce((total, k) => total + probabilities[k]!, 0) >= 0.95 - 1e-12);
        assert.ok(likely.includes(top));
        assert.ok((lastSurelyGood ?? -1) < (firstSurelyBad ?? 12));
      }),
    );
  });
  it('...    xxx → the untested share the blame with the first failing one equally (P36)', () => {
    const { probabilities, likely } = judge('......    xxxx', '......    xxxx', '......    xxxx');
    const shares = [...probabilities.slice(6, 11)];
    assert.ok(shares.every((share) => Math.abs(share - shares[0]!) < 1e-12));
    assert.deepEqual(likely, [6, 7, 8, 9, 10]);
  });
  it('the next to test is in the middle of what is open, because that halves it', () => {
    const open = judge('......       xxxx', '......       xxxx', '......       xxxx');
    assert.equal(open.nextToTest, 9);
    assert.deepEqual([open.lastSurelyGood, open.firstSurelyBad], [5, 13]);
    assert.equal(judge('......xxxx', '......xxxx', '......xxxx').nextToTest, null);
  });
  it('what was not tested among surely good or bad ones need not be, because it decides nothing', () => {
    const picture = '..  ......xxxx  xx';
    assert.equal(judge(picture, picture, picture).nextToTest, null);
  });
  it('a commit that touches the folder of the suite is three times as likely, where it is open', () => {
    const touches = Array.from('.......x..', (mark) => mark === 'x');
    const pictures = ['.....   xx', '.....   xx', '.....   xx'].map(seen);
    const { probabilities } = firstBadCommit(10, pictures, touches);
    assert.ok(Math.abs(probabilities[7]! / probabilities[6]! - 3) < 1e-9);
  });
  it('one early failure of a flaky test is forgiven, because it failed like that before', () => {
    const flaky = { ...seen('..x...xxxx'), prior: flakePrior({ failing: 10, passing: 90 }) };
    assert.equal(firstBadCommit(10, [flaky]).top, 6);
  });
  it('of breaks that explain the same the latest is likeliest, because old ones are repaired', () => {
    const looks = Array<number>(8).fill(1e-12);
    const { probabilities, top } = firstBadCommit(8, [
      { prior: noHistory, failed: looks, passed: looks },
    ]);
    assert.equal(top, 7);
    for (const [k, each] of probabilities.entries()) {
      if (k > 0) assert.ok(Math.abs(probabilities[k - 1]! / each - 0.94) < 1e-9, `${k}`);
    }
  });
  it('eight tests find the commit that one cannot, because their chance failures do not coincide', () => {
    const one = coverage(1, 0.9);
    const eight = coverage(8, 0.9);
    assert.ok(one.covered >= 0.95 && one.size < 8, JSON.stringify(one));
    assert.ok(eight.covered >= 0.99 && eight.size < 1.2, JSON.stringify(eight));
    const half = coverage(1, 0.6);
    assert.ok(half.covered >= 0.93, JSON.stringify(half));
  });
  it('thousands of passes after it leave a commit improbable, and the sum a number', () => {
    const passed = Array<number>(60).fill(100);
    const failed = Array<number>(60).fill(0).fill(1, 55);
    const { probabilities, top } = firstBadCommit(60, [{ prior: noHistory, failed, passed }]);
    assert.ok(probabilities.every((each) => each >= 0 && each <= 1));
    assert.ok(top >= 55, `${top}`);
  });
  it('without evidence every commit is as likely, because nothing speaks against any', () => {
    const { probabilities, likely, lastSurelyGood, firstSurelyBad } = firstBadCommit(4, []);
    assert.deepEqual([...probabilities], [0.25, 0.25, 0.25, 0.25]);
    assert.deepEqual(likely, [0, 1, 2, 3]);
    assert.deepEqual([lastSurelyGood, firstSurelyBad], [null, 3]);
  });
});

describe('candidates and priors', () => {
  it('candidates begin five before the last commit at which all was good, because that may be an error', () => {
    assert.equal(firstCandidate([0, 0, 0, 0, 0, 0, 0, 0.001, 0.5, 1]), 2);
    assert.equal(firstCandidate([0, 0.4, 1]), 0);
    assert.equal(firstCandidate([0.9, 0.9]), 0);
  });
  it('a long history counts as 100 attempts, because what is seen now must be able to outweigh it', () => {
    const { failing, passing } = flakePrior({ failing: 100, passing: 900 });
    assert.ok(Math.abs(failing + passing - 100) < 1e-9);
    assert.ok(Math.abs(failing / passing - 100.3 / 904) < 1e-9);
    assert.deepEqual(flakePrior({ failing: 0, passing: 0 }), { failing: 0.3, passing: 4 });
  });
});
