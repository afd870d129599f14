/** Common members over the size of the smaller set, in [0, 1]; 0 where one is empty. */
export function overlapOfSets<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): number {
  const [smaller, larger] = one.size <= other.size ? [one, other] : [other, one];
  let common = 0;
  for (const member of smaller) if (larger.has(member)) common++;
  return smaller.size === 0 ? 0 : common / smaller.size;
}

/** Whole numbers from `from` to `to`, both included. */
export type Range = { from: number; to: number };

/** The same for ranges. */
export function overlapOfRanges(one: Range, other: Range): number {
  const common = Math.min(one.to, other.to) - Math.max(one.from, other.from) + 1;
  const smaller = Math.min(one.to - one.from, other.to - other.from) + 1;
  return Math.max(0, common) / smaller;
}
