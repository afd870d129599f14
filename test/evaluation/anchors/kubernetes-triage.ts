const times =
  /\b(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?(?:\d{1,2} [a-z]{3,9} \d{4}|\d{4}-\d\d-\d\d|[a-z]{3} [ \d]\d)[ t]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z| ?[-+]\d{4}| utc| gmt)?\s?/gi;
const ids =
  /0x[0-9a-f]+|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?:-\d+)?|[0-9a-f]{12,32}/gi;
const longest = 10_000;

/** Times and ids masked; equal ids of one text have equal numbers. */
export function normalised(text: string): string {
  const numbers = new Map<string, number>();
  const number = (id: string) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
    return `UNIQ${numbers.get(id)}`;
  };
  return text.replace(times, 'TIME').replace(ids, number).slice(0, longest);
}

/** Levenshtein's distance, or more than `most` where it is above. O(length × length). */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    if (Math.min(...next) > most) return most + 1;
    row = next;
  }
  return row[b.length]!;
}

/**
 * Kubernetes triage: each text joins the first cluster whose own text is within a tenth of the mean
 * length by edits, or begins one; so the order matters. test-infra `triage/summarize`. Cluster numbers.
 */
export function triage(texts: readonly string[]): number[] {
  const firsts: string[] = [];
  return texts.map((text) => {
    const mine = normalised(text);
    const at = firsts.findIndex((other) => {
      const most = (mine.length + other.length) / 20;
      return mine === other || editDistance(mine, other, most) < most;
    });
    return at >= 0 ? at : firsts.push(mine) - 1;
  });
}
