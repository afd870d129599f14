import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  betaBelow,
  betaExceeds,
  betaExceedsRoughly,
  betaQuantile,
  lnBeta,
  lnGamma,
  mayExceed,
} from '../../src/domain/beta.ts';
import { normalAbove } from '../../src/domain/normal.ts';

const near = (actual: number, expected: number, tolerance = 1e-10) =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual}, expected ${expected}`,
  );

/** from 1e-3 to 1e5 */
const parameter = fc.double({ min: -3, max: 5, noNaN: true }).map((e) => 10 ** e);
const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });

describe('the Beta distribution', () => {
  it('has the known logarithms of Γ and B, because every probability is built of them', () => {
    for (const [x, expected] of [
      [0.001, 6.90717888538385],
      [0.3, 1.09579799481808],
      [1.5, -0.120782237635245],
      [7.25, 7.05218545073854],
      [14.999, 25.1885468705469],
      [100.5, 361.435540467778],
      [12345.678, 103959.919905546],
    ] as const) {
      near(lnGamma(x), expected, 1e-13);
    }
    for (const [a, b, expected] of [
      [0.3, 2, 0.941608539858445],
      [0.5, 0.5, 1.1447298858494],
      [10.3, 192, -40.9154793465509],
      [0.3, 10002, -1.66735361280519],
      [3000.5, 7000.25, -6112.24009780129],
    ] as const) {
      near(lnBeta(a, b), expected, 1e-13);
      assert.equal(lnBeta(a, b), lnBeta(b, a));
    }
  });

  it('gives k failures in n their marginal likelihoods, because change points compare those', () => {
    const likelihood = (a: number, b: number) => (k: number, n: number) =>
      Math.exp(lnBeta(a + k, b + n - k) - lnBeta(a, b));
    const uniform = likelihood(1, 1);
    for (let n = 0; n < 6; n++) near(uniform(0, n), 1 / (n + 1));
    const skewed = likelihood(0.3, 0.5);
    near(skewed(0, 1), 0.625);
    near(skewed(1, 1), 0.375);
    near(skewed(0, 2), 0.520833333333);
    near(skewed(1, 2), 0.104166666667);
    near(skewed(2, 2), 0.270833333333);
  });

  it('has the known distribution function, because intervals and trends read it', () => {
    for (const [x, a, b, expected] of [
      [0.05, 0.3, 2, 0.523111333024922],
      [0.5, 0.3, 2, 0.934090255809671],
      [0.001, 0.5, 2, 0.0474183535142248],
      [0.3, 20.3, 60.7, 0.847541824882064],
      [0.9, 6, 0.8, 0.433585751140712],
      [0.42, 300, 400, 0.324462886882204],
      [0.0001, 0.3, 10002, 0.915700591912363],
      [0.999, 0.5, 0.5, 0.979864958366622],
    ] as const) {
      near(betaBelow(x, a, b), expected, 1e-12);
    }
    assert.equal(betaBelow(-1, 2, 2), 0);
    assert.equal(betaBelow(2, 2, 2), 1);
  });

  it('has the known quantiles, tiny ones to their own digits, because a rate can be tiny', () => {
    for (const [p, a, b, expected] of [
      [0.05, 0.3, 2, 1.920563140081176e-5],
      [0.95, 0.3, 2, 0.555118429383726],
      [0.1, 0.5, 20.5, 0.000389789811824104],
      [0.9, 0.5, 20.5, 0.064612002792834],
      [0.05, 20.3, 181, 0.0684093470470683],
      [0.95, 20.3, 181, 0.137792101088763],
      [0.5, 6, 0.8, 0.918578273338738],
      [0.999, 3, 4, 0.906046116611105],
      [0.05, 0.3, 300, 1.071594584243922e-7],
    ] as const) {
      near(betaQuantile(p, a, b) / expected, 1);
    }
    assert.equal(betaQuantile(0, 1, 1), 0);
    assert.equal(betaQuantile(1, 1, 1), 1);
  });

  it('quantile and distribution function undo each other, because they are one curve', () => {
    fc.assert(
      fc.property(share, parameter, parameter, (p, a, b) => {
        const x = betaQuantile(p, a, b);
        assert.ok(x >= 0 && x <= 1);
        // At the ends of [0, 1] neighbouring doubles can lie a whole step of probability apart.
        if (x > 1e-300 && x < 1 - 1e-9) near(betaBelow(x, a, b), p, 1e-8);
      }),
      { numRuns: 300 },
    );
  });

  it('mirrors: P(X ≤ x) under (a, b) is P(X ≥ 1 - x) under (b, a)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1023 }), parameter, parameter, (k, a, b) => {
        const x = k / 1024;
        near(betaBelow(x, a, b) + betaBelow(1 - x, b, a), 1);
      }),
    );
  });

  it('tells how surely one rate is above another, as known and as small integers count it out', () => {
    const exceeds = (a: number, b: number, c: number, d: number) =>
      betaExceeds({ a, b }, { a: c, b: d });
    near(exceeds(0.3, 2, 0.3, 2), 0.5, 1e-9);
    near(exceeds(5.3, 30, 2.3, 120), 0.99807206803459, 1e-9);
    near(exceeds(3, 4, 2, 5), 0.72727272727273, 1e-9);
    near(exceeds(0.3, 12, 0.3, 40), 0.62971982903037, 1e-9);
    const small = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(small, small, small, small, (a, b, c, d) => {
        near(exceeds(a, b, c, d), countedOut(a, b, c, d), 1e-9);
        near(exceeds(a, b, c, d) + exceeds(c, d, a, b), 1, 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});

/** P(X > Y) for integer parameters, by the finite sum over X's first. */
function countedOut(a: number, b: number, c: number, d: number): number {
  let sum = 0;
  for (let i = 0; i < a; i++) {
    sum += Math.exp(lnBeta(c + i, b + d) - Math.log(b + i) - lnBeta(1 + i, b) - lnBeta(c, d));
  }
  return sum;
}

describe('the normal distribution', () => {
  it('has the known tail, far out too, because a p of 1e-10 must not read as 0', () => {
    for (const [z, expected] of [
      [0, 0.5],
      [1, 0.158655253931457],
      [1.95996398454005, 0.025],
      [2.9999, 0.00135034128295493],
      [3, 0.00134989803163009],
      [6, 9.865876450376946e-10],
      [12, 1.776482112077653e-33],
    ] as const) {
      near(normalAbove(z) / expected, 1, 1e-10);
      near(normalAbove(-z), 1 - expected, 1e-12);
    }
  });

  it('is never called unlikely where P(X > Y) is 0.9 or more, because nothing is computed then', () => {
    const shape = fc.record({ a: parameter, b: parameter });
    let rejected = 0;
    fc.assert(
      fc.property(shape, shape, (x, y) => {
        if (mayExceed(x, y)) return;
        rejected++;
        assert.ok(betaExceeds(x, y) < 0.9);
      }),
      { numRuns: 1000 },
    );
    assert.ok(rejected > 300, `${rejected} rejected`);
    assert.ok(mayExceed({ a: 5, b: 20 }, { a: 1, b: 200 }), 'far apart');
    assert.ok(!mayExceed({ a: 2, b: 200 }, { a: 2, b: 200 }), 'the same');
  });

  it('is known roughly for a fifth of the work, because a trend asks for no more', () => {
    const shape = fc.record({ a: parameter, b: parameter });
    fc.assert(
      fc.property(shape, shape, (x, y) => {
        assert.ok(Math.abs(betaExceedsRoughly(x, y) - betaExceeds(x, y)) < 2e-4);
      }),
      { numRuns: 300 },
    );
  });
});
