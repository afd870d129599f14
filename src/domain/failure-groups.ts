import { type FailureText, failureFields } from './failure-fields.ts';
import { fingerprint } from './fingerprint.ts';
import { nearDuplicates, type Sketch, sketch } from './near-duplicates.ts';
import { UnionFind } from './union-find.ts';

export type FailingCase = FailureText & { suite: string };

/**
 * The failures of one run or incident in groups that probably have one cause: those that say the
 * same, nearly the same, or stand in the same suite. Positions, ascending; groups in the order of
 * their first failures. Which failures are together does not depend on their order. O(text) plus
 * near O(distinct messages). `saidBy`: fingerprints by position, where they are known.
 */
export function failureGroups(
  failures: readonly FailingCase[],
  saidBy = (i: number): string => fingerprint(failureFields(failures[i]!), failures[i]!.suite),
): number[][] {
  const sets = new UnionFind(failures.length);
  const firsts = new Map<string, number>();
  const sketches: Sketch[] = [];
  const owners: number[] = [];
  failures.forEach((failure, i) => {
    if (failure.suite !== '') joinFirst(sets, firsts, `suite ${failure.suite}`, i);
    if (joinFirst(sets, firsts, saidBy(i), i)) return;
    sketches.push(sketch(failureFields(failure)));
    owners.push(i);
  });
  const areTogether = (a: number, b: number): boolean =>
    sets.find(owners[a]!) === sets.find(owners[b]!);
  for (const { a, b } of nearDuplicates(sketches, areTogether)) sets.join(owners[a]!, owners[b]!);
  return sets.groups();
}

/** Joins `i` with the first failure of its key; false where it is the first. */
function joinFirst(sets: UnionFind, firsts: Map<string, number>, key: string, i: number): boolean {
  const first = firsts.get(key);
  if (first === undefined) firsts.set(key, i);
  else sets.join(first, i);
  return first !== undefined;
}
