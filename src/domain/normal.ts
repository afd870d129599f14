/**
 * P(Z > z) of a standard normal Z, to at least 12 digits: a series below 3, a continued fraction above
 * (Abramowitz and Stegun 26.2.11, 26.2.14).
 */
export function normalAbove(z: number): number {
  if (z < 0) return 1 - normalAbove(-z);
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return z < 3 ? 0.5 - density * series(z) : density / fraction(z);
}

function series(z: number): number {
  let term = z;
  let sum = z;
  for (let odd = 3; term > 1e-18 * sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return sum;
}

function fraction(z: number): number {
  let value = z;
  for (let k = 80; k > 0; k--) value = z + k / value;
  return value;
}
