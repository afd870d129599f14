import { clusters } from './analytics-params.ts';
import { type SaidFields, tellingOf } from './failure-fields.ts';

/** What is compared of one distinct fingerprint. */
export type Sketch = {
  type: string;
  /** false: it only ever equals itself */
  isInformative: boolean;
  /** of the template, in characters */
  length: number;
  /** hashes of neighbouring words, ascending, each once */
  bigrams: Uint32Array;
  /** MinHash: 64 numbers, of which the share that two sketches have in common is their similarity */
  signature: Uint32Array;
};

/** O(words × 64). */
export function sketch(fields: SaidFields): Sketch {
  const bigrams = bigramsOf(fields.template);
  return {
    type: fields.type,
    isInformative: tellingOf(fields) === 'much',
    length: fields.template.length,
    bigrams,
    signature: signatureOf(bigrams),
  };
}

const words = /<[a-z]{1,4}>|[\p{L}\p{N}_$]+/gu;

/** Each pair of neighbouring words, with a mark for both ends, so that one word makes two pairs. */
function bigramsOf(template: string): Uint32Array {
  const row = ['', ...(template.match(words) ?? []), ''];
  const hashes = row.slice(1).map((word, i) => hashOf(`${row[i]} ${word}`));
  return Uint32Array.from(new Set(hashes)).sort();
}

/** FNV-1a over UTF-16 units (Fowler, Noll, Vo), mixed. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mixed(hash);
}

/** A permutation of the 32-bit numbers that leaves no pattern. */
function mixed(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** One for each of the 64 permutations; fixed for ever, since signatures are stored. */
const seeds = Uint32Array.from({ length: clusters.bands * clusters.rowsPerBand }, (_, i) =>
  mixed(0x9e3779b9 * (i + 1)),
);

/** Broder 1997. */
function signatureOf(bigrams: Uint32Array): Uint32Array {
  return seeds.map((seed) => {
    let least = 0xffffffff;
    for (const bigram of bigrams) least = Math.min(least, mixed(bigram ^ seed));
    return least;
  });
}

/** Shared over all bigrams, in [0, 1]; 1 of two empty sets. O(both). */
export function similarity(a: Uint32Array, b: Uint32Array): number {
  const shared = sharedCount(a, b);
  const all = a.length + b.length - shared;
  return all === 0 ? 1 : shared / all;
}

/** How many numbers two ascending lists share. O(both). */
export function sharedCount(a: Uint32Array, b: Uint32Array): number {
  let [i, j, shared] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i]!, b[j]!];
    if (left === right) shared++;
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return shared;
}

/** Two sketches, by position, that say nearly the same. `a` < `b`. */
type Link = { a: number; b: number };

/** Null where two failures do not say nearly the same. */
export function linkOf(a: Sketch, b: Sketch): number | null {
  if (a.type !== b.type || !a.isInformative || !b.isInformative) return null;
  const [short, long] = a.length < b.length ? [a.length, b.length] : [b.length, a.length];
  if (long > clusters.maxLengthRatio * short) return null;
  const alike = similarity(a.bigrams, b.bigrams);
  return alike >= clusters.minSimilarity ? alike : null;
}

/**
 * The links among sketches, in the order of `b`. Only pairs that share a band are looked at, which
 * finds all but a few of those alike enough. Pairs for which `isSettled` holds are passed over. Near
 * O(sketches) while they are of many kinds.
 */
export function* nearDuplicates(
  sketches: readonly Sketch[],
  isSettled: (a: number, b: number) => boolean = () => false,
): Generator<Link, void, void> {
  const buckets = new Map<number, number[]>();
  /** the last one that each was compared with */
  const compared = new Int32Array(sketches.length).fill(-1);
  for (const [b, sketch] of sketches.entries()) {
    if (!sketch.isInformative) continue;
    for (const band of bandsOf(sketch)) {
      const bucket = buckets.get(band) ?? [];
      for (const a of bucket) {
        if (compared[a] === b) continue;
        compared[a] = b;
        if (isSettled(a, b) || linkOf(sketches[a]!, sketch) === null) continue;
        yield { a, b };
      }
      if (bucket.push(b) === 1) buckets.set(band, bucket);
    }
  }
}

/**
 * The 16 keys under which a sketch is found; what is alike shares one. Strangers share one by chance
 * alone, once in four thousand million times.
 */
export function bandsOf({ type, signature }: Sketch): Uint32Array {
  const { bands, rowsPerBand } = clusters;
  const ofType = hashOf(type);
  return Uint32Array.from({ length: bands }, (_, band) => {
    let key = mixed(ofType + band);
    for (let row = 0; row < rowsPerBand; row++) {
      key = mixed(key ^ signature[band * rowsPerBand + row]!);
    }
    return key;
  });
}
