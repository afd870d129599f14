import { clusters } from './analytics-params.ts';
import { type Link, nearDuplicates, type Sketch, sharedCount } from './near-duplicates.ts';
import { UnionFind } from './union-find.ts';

/** A fingerprint that was seen, with the place in key order of the first unit that it was seen in. */
export type SeenFingerprint = { id: string; firstSeen: number; sketch: Sketch };

/**
 * The name of the cluster of each fingerprint: the one of its nearly equal fingerprints that was seen
 * first, and of those the smallest. Most alike pairs join first; a join is refused where all members
 * would have less than 20 % of the smaller representative's word pairs in common, so that a chain of
 * small steps does not lead from one message to another. A function of the set: the order of `seen`
 * does not matter. Near O(fingerprints).
 */
export function clusterIds(seen: readonly SeenFingerprint[]): Map<string, string> {
  const sorted = seen.toSorted((a, b) => a.firstSeen - b.firstSeen || compare(a.id, b.id));
  const links = [...nearDuplicates(sorted.map(({ sketch }) => sketch))];
  const inOrder = links.sort((x, y) => y.similarity - x.similarity || byIds(sorted, x, y));
  const sets = new UnionFind(sorted.length);
  const common = sorted.map(({ sketch }) => sketch.bigrams);
  for (const { a, b } of inOrder) joinUnlessChained(sets, sorted, common, a, b);
  return new Map(sorted.map(({ id }, i) => [id, sorted[sets.find(i)]!.id]));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function byIds(sorted: readonly SeenFingerprint[], x: Link, y: Link): number {
  const id = (i: number): string => sorted[i]!.id;
  return compare(id(x.a), id(y.a)) || compare(id(x.b), id(y.b));
}

/** `common`: at the root of each set, the word pairs that all its members have. */
function joinUnlessChained(
  sets: UnionFind,
  sorted: readonly SeenFingerprint[],
  common: Uint32Array[],
  a: number,
  b: number,
): void {
  const [x, y] = [sets.find(a), sets.find(b)];
  if (x === y) return;
  const smaller = Math.min(sorted[x]!.sketch.bigrams.length, sorted[y]!.sketch.bigrams.length);
  const shared = sharedCount(common[x]!, common[y]!);
  if (shared < clusters.minCommonShare * smaller) return;
  const others = new Set(common[y]!);
  const left = common[x]!.filter((bigram) => others.has(bigram));
  sets.join(x, y);
  common[sets.find(x)] = left;
}
