/**
 * The Beta distribution. Arguments a, b > 0 throughout; results are good to about 1e-12 absolute
 * for a, b up to 1e6. Sources: Stirling's series for the gamma function, the continued fraction of
 * the incomplete beta function (DLMF 5.11.1, 8.17.22).
 */

const halfLn2Pi = 0.5 * Math.log(2 * Math.PI);
/** from here on Stirling's correction below is exact to the last bit */
const stirlingFrom = 15;

/** ln Γ(x) - ((x - 1/2) ln x - x + ln √2π), for x ≥ 15. */
function stirlingCorrection(x: number): number {
  const q = 1 / (x * x);
  const tail = 1 / 1188 - (q * 691) / 360360;
  return (1 / 12 - q * (1 / 360 - q * (1 / 1260 - q * (1 / 1680 - q * tail)))) / x;
}

/** ln Γ(x), x > 0. */
export function lnGamma(x: number): number {
  let product = 1;
  let shifted = x;
  while (shifted < stirlingFrom) product *= shifted++;
  const stirling = (shifted - 0.5) * Math.log(shifted) - shifted + halfLn2Pi;
  return stirling + stirlingCorrection(shifted) - Math.log(product);
}

/** ln Γ(b) - ln Γ(a + b) for b ≥ 15, without the cancellation of two large terms. */
function lnGammaRatio(a: number, b: number): number {
  const sum = a + b;
  const shrink = (b - 0.5) * Math.log1p(-a / sum);
  return shrink - a * Math.log(sum) + a + stirlingCorrection(b) - stirlingCorrection(sum);
}

/** ln B(a, b). O(1). */
export function lnBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (large >= stirlingFrom) return lnGamma(small) + lnGammaRatio(small, large);
  return lnGamma(small) + lnGamma(large) - lnGamma(small + large);
}

/** P(X ≤ x) of X ~ Beta(a, b), in [0, 1]; x outside [0, 1] counts as the nearer end. O(√max(a, b)). */
export function betaBelow(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  return below({ x, y: 1 - x, lnX: Math.log(x), lnY: Math.log1p(-x) }, a, b);
}

/** A point x of (0, 1) with y = 1 - x, each with its own full precision. */
type Point = { x: number; y: number; lnX: number; lnY: number };

const mirrored = ({ x, y, lnX, lnY }: Point): Point => ({ x: y, y: x, lnX: lnY, lnY: lnX });

function atLogit(u: number): Point {
  const lnX = u < 0 ? u - Math.log1p(Math.exp(u)) : -Math.log1p(Math.exp(-u));
  const lnY = u > 0 ? -u - Math.log1p(Math.exp(-u)) : -Math.log1p(Math.exp(u));
  return { x: Math.exp(lnX), y: Math.exp(lnY), lnX, lnY };
}

function below(point: Point, a: number, b: number): number {
  const isHigh = point.x > (a + 1) / (a + b + 2);
  return isHigh ? 1 - lowerTail(mirrored(point), b, a) : lowerTail(point, a, b);
}

/** P(X ≤ x) where x lies under the mean, so that a small result keeps its relative precision. */
function lowerTail({ x, lnX, lnY }: Point, a: number, b: number): number {
  return Math.exp(a * lnX + b * lnY - lnBeta(a, b)) * fraction(x, a, b);
}

/** The continued fraction of I_x(a, b) without its leading factor, by Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const notZero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value / a;
}

/** The x with P(X ≤ x) = p for X ~ Beta(a, b); 0 for p ≤ 0, 1 for p ≥ 1. A dozen steps of `betaBelow`. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  return p <= 0.5 ? atLogit(quantileLogit(p, a, b)).x : atLogit(quantileLogit(1 - p, b, a)).y;
}

/** Logit of the quantile, p ≤ 1/2: Newton on ln P, which is concave in the logit, kept in a bracket. */
function quantileLogit(p: number, a: number, b: number): number {
  const norm = lnBeta(a, b);
  let low = -740;
  let high = 740;
  let u = Math.log(a / b);
  for (let step = 0; step < 200; step++) {
    const point = atLogit(u);
    const reached = below(point, a, b);
    if (reached < p) low = u;
    else high = u;
    const slope = Math.exp(a * point.lnX + b * point.lnY - norm) / reached;
    let next = u - Math.log(reached / p) / slope;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (Math.abs(next - u) <= 1e-14 * Math.max(1, Math.abs(u))) return next;
    u = next;
  }
  return u;
}

/** A Beta distribution by its parameters. */
export type Beta = { a: number; b: number };

export const betaMean = ({ a, b }: Beta): number => a / (a + b);

/** ψ(x), x > 0, to about 1e-7. */
function digamma(x: number): number {
  let [shifted, sum] = [x, 0];
  while (shifted < 6) sum -= 1 / shifted++;
  const q = 1 / (shifted * shifted);
  return sum + Math.log(shifted) - 1 / (2 * shifted) - q * (1 / 12 - q * (1 / 120 - q / 252));
}

/** ψ′(x), x > 0, to about 1e-6. */
function trigamma(x: number): number {
  let [shifted, sum] = [x, 0];
  for (; shifted < 6; shifted++) sum += 1 / (shifted * shifted);
  const q = 1 / (shifted * shifted);
  return sum + (1 + q * (1 / 6 - q * (1 / 30 - q / 42))) / shifted + q / 2;
}

/** mean distance of the logits, in standard deviations, below which P(X > Y) was never above 0.85 */
const leastDistance = 0.7;

/**
 * Whether P(X > Y) may be 0.9 or more: no is certain, and costs a hundredth of `betaExceeds`. By the
 * first two moments of logit X - logit Y (DLMF 5.15); a test tries the bound over all shapes.
 */
export function mayExceed(x: Beta, y: Beta): boolean {
  const mean = digamma(x.a) - digamma(x.b) - digamma(y.a) + digamma(y.b);
  if (mean <= 0) return false;
  const variance = trigamma(x.a) + trigamma(x.b) + trigamma(y.a) + trigamma(y.b);
  return mean * mean >= leastDistance * leastDistance * variance;
}

/** How finely E[P(Y ≤ X)] is summed: what is left out at either end, the step of the logit, intervals. */
type Fineness = { ends: number; widestStep: number; intervals: number };

/** the density can fall like exp(-exp(u)), for which the rule's error is about exp(-π²/step) */
const fine: Fineness = { ends: 1e-13, widestStep: 0.4, intervals: 128 };
const coarse: Fineness = { ends: 1e-6, widestStep: 0.8, intervals: 24 };

/** P(X > Y) of independent X and Y, in [0, 1], to about 1e-9. Some hundred steps of `betaBelow`. */
export const betaExceeds = (x: Beta, y: Beta): number => exceeds(x, y, fine);

/** The same to about 1e-4, for a fifth of the work. */
export const betaExceedsRoughly = (x: Beta, y: Beta): number => exceeds(x, y, coarse);

function exceeds(x: Beta, y: Beta, fineness: Fineness): number {
  const spread = ({ a, b }: Beta) => 1 / a + 1 / b;
  const result = spread(x) <= spread(y) ? meanBelow(x, y, fineness) : 1 - meanBelow(y, x, fineness);
  return Math.min(1, Math.max(0, result));
}

/**
 * E[P(Y ≤ X)] by the trapezoid rule in the logit, where the integrand is smooth and dies at both
 * ends, so that the rule converges faster than any power. X must be the narrower one.
 */
function meanBelow(x: Beta, y: Beta, { ends, widestStep, intervals: least }: Fineness): number {
  const from = quantileLogit(ends, x.a, x.b);
  const to = -quantileLogit(ends, x.b, x.a);
  const intervals = Math.max(least, Math.ceil((to - from) / widestStep));
  const step = (to - from) / intervals;
  const norm = lnBeta(x.a, x.b);
  let sum = 0;
  let mass = 0;
  for (let i = 0; i <= intervals; i++) {
    const point = atLogit(from + i * step);
    const density = Math.exp(x.a * point.lnX + x.b * point.lnY - norm);
    mass += density;
    sum += density * below(point, y.a, y.b);
  }
  return sum / mass;
}
