/** Figures of change points beside those that people marked: indices of first values at a new level. */

/** indices this near are the same */
const margin = 5;

/** How many of `found` are told, how many of `real` there are, and how many of these were found. */
export function matchesOf(found: readonly number[], real: readonly number[]) {
  const free = new Set(found);
  let right = 0;
  for (const at of real) {
    const near = [...free].filter((each) => Math.abs(each - at) <= margin);
    if (near.length === 0) continue;
    near.sort((a, b) => Math.abs(a - at) - Math.abs(b - at));
    free.delete(near[0]!);
    right++;
  }
  return { told: found.length, real: real.length, right };
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** F1 of precision against all annotators and mean recall; the start of a series counts as a change. */
export function f1Of(found: readonly number[], people: readonly (readonly number[])[]): number {
  const withStart = (list: readonly number[]) => [...new Set([0, ...list])].sort((a, b) => a - b);
  const told = withStart(found);
  const anyone = withStart(people.flat());
  const precision = matchesOf(told, anyone).right / told.length;
  const recall = mean(
    people.map((each) => {
      const real = withStart(each);
      return matchesOf(told, real).right / real.length;
    }),
  );
  return (2 * precision * recall) / (precision + recall);
}

type Segment = { from: number; to: number };

function segmentsOf(changes: readonly number[], length: number): Segment[] {
  const ends = [...new Set([0, ...changes, length])].sort((a, b) => a - b);
  return ends.slice(1).map((to, i) => ({ from: ends[i]!, to }));
}

const jaccard = (a: Segment, b: Segment): number => {
  const shared = Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
  return shared / (a.to - a.from + b.to - b.from - shared);
};

/** How well the found segments cover those of the annotators, in [0, 1], by length; their mean. */
export const coverOf = (
  found: readonly number[],
  people: readonly (readonly number[])[],
  length: number,
): number => {
  const ours = segmentsOf(found, length);
  return mean(
    people.map((each) =>
      segmentsOf(each, length).reduce((sum, real) => {
        const best = Math.max(...ours.map((one) => jaccard(one, real)));
        return sum + ((real.to - real.from) / length) * best;
      }, 0),
    ),
  );
};

/** Changes that 60 % of the annotators marked, each by the median of its marks. */
export function consensusOf(people: readonly (readonly number[])[]): number[] {
  const marks = people.flatMap((each, who) => each.map((at) => ({ at, who })));
  marks.sort((a, b) => a.at - b.at);
  const groups: { at: number; who: number }[][] = [];
  for (const mark of marks) {
    const last = groups.at(-1);
    if (last !== undefined && mark.at - last[0]!.at <= 2 * margin) last.push(mark);
    else groups.push([mark]);
  }
  return groups
    .filter((group) => new Set(group.map(({ who }) => who)).size >= 0.6 * people.length)
    .map((group) => group[Math.floor(group.length / 2)]!.at);
}
