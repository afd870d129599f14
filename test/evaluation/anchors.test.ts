import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entropy, flipRate, unweighted, weighted } from './anchors/apple.ts';
import { transitionShare } from './anchors/buildkite.ts';
import { flakeSince } from './anchors/codecov.ts';
import { normalised, triage } from './anchors/kubernetes-triage.ts';
import {
  changeInterval,
  changePoints,
  type LuciSettings,
  lnLikelihood,
  luciNewFailure,
} from './anchors/luci-change-points.ts';
import { maskedByLuci } from './anchors/luci-masks.ts';
import { type OnlineRule, pointOf } from './anchors/series.ts';
import { fisherP, isRegression, sippyFisher } from './anchors/sippy-fisher.ts';
import { type Cell, gridFlakiness } from './anchors/testgrid.ts';
import { disagrees } from './anchors/trunk.ts';
import { twoInARow } from './anchors/two-in-a-row.ts';
import { FAILED, FLAKY, PASSED } from './history.ts';

/** `x` failed, `.` passed, `~` failed and then passed. */
const results = (picture: string): boolean[] => Array.from(picture, (c) => c === 'x');
const outcomes: Record<string, number> = { x: FAILED, '.': PASSED, '~': FLAKY };
const points = (picture: string) =>
  Array.from(picture, (c, i) => pointOf(i, [outcomes[c]!], picture.includes('~') ? 1 : 0));
const near = (value: number, expected: number, digits = 2) =>
  assert.equal(value.toFixed(digits), expected.toFixed(digits));

describe("Apple's flakiness", () => {
  // The paper's example: two tests at four versions.
  const tc2 = ['xx..', 'xxxx', '.x.x', '.x.'].map(results);
  const tc4 = ['x.x.', 'xxxx', 'xxxx', '...'].map(results);

  it('is what the worked example of the paper says, because that is the definition', () => {
    near(unweighted(tc2.slice(0, 3), flipRate), 0.44);
    near(unweighted(tc2.slice(0, 3), entropy), 0.67);
    near(unweighted(tc4.slice(0, 3), flipRate), 0.33);
    near(unweighted(tc4.slice(0, 3), entropy), 0.33);
    near(weighted(tc2, flipRate), 0.62);
    near(weighted(tc2, entropy), 0.741, 3);
    near(weighted(tc4, flipRate), 0.21);
    near(weighted(tc4, entropy), 0.212, 3);
  });

  it('is 0 where a version always says the same, because breakage is no flakiness', () => {
    assert.equal(entropy(results('xxxx')), 0);
    assert.equal(flipRate(results('x')), 0);
  });
});

describe("LUCI's change points", () => {
  it('weigh sequences by their marginal likelihood, because rates are unknown', () => {
    const likelihood = (a: number, b: number, k: number, n: number) =>
      Math.exp(lnLikelihood({ a, b }, k, n));
    for (const [k, n, expected] of [
      [0, 1, 0.625],
      [1, 1, 0.375],
      [0, 2, 0.5208333],
      [1, 2, 0.1041667],
      [2, 2, 0.2708333],
    ] as const) {
      near(likelihood(0.3, 0.5, k, n), expected, 7);
    }
    // A uniform prior: all numbers of failures are equally likely, and so are their orders.
    near(likelihood(1, 1, 0, 0), 1, 9);
    near(likelihood(1, 1, 0, 1), 1 / 2, 9);
    near(likelihood(1, 1, 0, 2), 1 / 3, 9);
    near(likelihood(1, 1, 1, 2) * 2, 1 / 3, 9);
    near(likelihood(1, 1, 1, 3) * 3, 1 / 4, 9);
    near(likelihood(1, 1, 2, 4) * 6, 1 / 5, 9);
  });

  const settings: LuciSettings = {
    unexpected: { a: 0.05, b: 0.5 },
    unexpectedAfterRetry: { a: 0.5, b: 0.5 },
    changeOdds: 0.01,
  };
  const changes = (
    runs: number[],
    unexpected: number[],
    retried = runs.map(() => 0),
    unexpectedAfterRetry = retried,
  ): number[] =>
    changePoints(
      runs.map((count, i) => ({
        runs: count,
        unexpected: unexpected[i]!,
        retried: retried[i]!,
        unexpectedAfterRetry: unexpectedAfterRetry[i]!,
      })),
      settings,
    );
  const twos = (count: number) => new Array<number>(count).fill(2);

  it('are where its own tests have them, because the rule is its', () => {
    assert.deepEqual(changes([2, 2, 1, 1, 2, 2], [0, 0, 0, 1, 2, 2]), [3]);
    assert.deepEqual(changes([2, 2, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2]), [2]);
    assert.deepEqual(
      changes(
        [2, 2, 3, 2, 3, 1, 1, 2, 2, 3, 2, 3, 2, 2],
        [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 2, 3, 0, 0],
      ),
      [5, 12],
    );
    assert.deepEqual(changes(twos(16), [...twos(6).fill(0), ...twos(10).fill(1)]), [6]);
    assert.deepEqual(changes(twos(18), [...twos(8).fill(1), ...twos(10)]), [8]);
    assert.deepEqual(changes(twos(8), twos(8), twos(8), [0, 0, 0, 0, 2, 2, 2, 2]), [4]);
  });

  it('are not in what goes on as it was, or flakes', () => {
    assert.deepEqual(changes(twos(8), twos(8).fill(0)), []);
    assert.deepEqual(changes(twos(8), twos(8)), []);
    assert.deepEqual(changes(twos(8), [1, 0, 1, 0, 0, 1, 0, 2]), []);
    assert.deepEqual(changes(twos(8), twos(8), twos(8), twos(8)), []);
  });

  it('hold the change in their interval', () => {
    const { from, to } = changeInterval(points(`${'.'.repeat(30)}xxxxx`));
    assert.ok(from <= 30 && 30 <= to && to - from < 15);
  });
});

describe("Sippy's regressions", () => {
  it('use the one-sided exact test, because samples are small', () => {
    // The lady tasting tea: 4 of 4 against 0 of 4 has one of C(8, 4) = 70 ways.
    near(fisherP({ failed: 4, runs: 4 }, { failed: 0, runs: 4 }), 1 / 70, 9);
    near(fisherP({ failed: 3, runs: 4 }, { failed: 1, runs: 4 }), 17 / 70, 9);
    near(fisherP({ failed: 0, runs: 4 }, { failed: 1, runs: 4 }), 1, 9);
  });

  it('need three failures and a drop of more than 5 points', () => {
    assert.equal(isRegression({ failed: 2, runs: 10 }, { failed: 0, runs: 100 }), false);
    assert.equal(isRegression({ failed: 3, runs: 10 }, { failed: 0, runs: 100 }), true);
    assert.equal(isRegression({ failed: 60, runs: 1000 }, { failed: 20, runs: 1000 }), false);
  });
});

describe('the smaller rules', () => {
  it('TestGrid: one bad night is one flip in nine, a breakage of three none', () => {
    const cells = (picture: string): Cell[] =>
      Array.from(picture, (c) => (c === 'x' ? 'fail' : c === '~' ? 'flaky' : 'pass'));
    near(gridFlakiness(cells('....x....')), 100 / 9, 9);
    assert.equal(gridFlakiness(cells('...xxx...')), 0);
    near(gridFlakiness(cells('..~..')), 20, 9);
  });

  it('Kubernetes triage: ids are numbered as they come, and a tenth of the letters may differ', () => {
    const text = '0x1234 a 123.13.45.43 b 2e24e003-9ffd-4e78-852c-9dcb6cbef493-123';
    assert.equal(normalised(text), 'UNIQ1 a UNIQ2 b UNIQ3');
    assert.equal(normalised('Mon, 12 January 2017 11:34:35 blah blah'), 'TIMEblah blah');
    const [one, near, far] = ['the volume is gone again', 'the volume is gone again!', 'no disk'];
    assert.deepEqual(triage([one, near, far, one]), [0, 0, 1, 0]);
  });

  it('Chromium masks what looks like a number, hex or a hash', () => {
    assert.equal(maskedByLuci('took 120 ms at 0x7fff1234'), 'took % ms at %');
  });

  it('Buildkite: a transition in a window of five is 0.2, even where fewer results are in it', () => {
    near(transitionShare(results('.x'), 5), 0.2, 9);
    near(transitionShare(results('.x.x.x'), 5), 0.8, 9);
  });

  it('Trunk: a commit disagrees with itself by a fail and a pass', () => {
    assert.deepEqual(points('.x~').map(disagrees), [false, false, true]);
  });

  it('Codecov: a flake begins with a failure and ends after 30 passes', () => {
    near(flakeSince(results('....x...')), 1 / 4, 9);
    assert.equal(flakeSince(results(`x${'.'.repeat(30)}`)), 0);
    assert.ok(flakeSince(results(`x${'.'.repeat(29)}`)) > 0);
  });

  it('rules of breakage turn on when it lasts, and off again', () => {
    const on = (rule: OnlineRule, picture: string): string => {
      const isOn = rule();
      return points(picture)
        .map((point) => (isOn(point) ? '!' : '.'))
        .join('');
    };
    assert.equal(on(twoInARow, '..x..xxx.'), '......!!.');
    assert.match(on(sippyFisher, `${'.'.repeat(30)}xxxx`), /^\.{32}!!$/);
    assert.match(on(luciNewFailure, `${'.'.repeat(60)}xxx${'.'.repeat(20)}`), /^\.{60,62}!+\.+$/);
  });
});
