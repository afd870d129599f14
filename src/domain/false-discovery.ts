import { incidents } from './analytics-params.ts';

/**
 * Bayesian control of false discoveries: the alerts that may be told, as many as there can be with
 * the mean of their risks at most 1 %. Returns indices into `risks`, least risky first, the earlier
 * of equals first. O(n log n).
 */
export function tellable(risks: readonly number[], rate = incidents.falseDiscoveryRate): number[] {
  const order = risks.map((_, i) => i).sort((a, b) => risks[a]! - risks[b]! || a - b);
  let sum = 0;
  // The risks ascend, so their running mean does too: the first that is too much ends the list.
  const end = order.findIndex((i, told) => {
    sum += risks[i]!;
    return sum > rate * (told + 1);
  });
  return end === -1 ? order : order.slice(0, end);
}
