import { clusters } from './analytics-params.ts';
import { bandsOf, linkOf, type Sketch, sharedCount } from './near-duplicates.ts';

/** A fingerprint that was seen, and the cluster that it belongs to. */
type Member = { id: string; first: Member; order: number; sketch: Sketch };

/**
 * Gives each fingerprint the name of a cluster of messages that say nearly the same: the fingerprint
 * that the cluster began with. A newcomer joins the cluster of the most alike fingerprint that was
 * seen before it, of equals the oldest, unless it has less than 20 % of word pairs in common with the
 * one that the cluster began with, so that a chain of small steps does not lead from one message to
 * another. What has a name keeps it: later messages neither part nor join clusters.
 *
 * The names are a function of the fingerprints in the order in which they are added. O(1) each.
 */
export class MessageClusters {
  readonly #members = new Map<string, Member>();
  /** of each band the oldest few, so that a flood of nearly equal messages stays linear */
  readonly #bands = new Map<number, Member[]>();
  #added = 0;

  /** Adds a fingerprint that is not there; the name of its cluster. */
  add(id: string, sketch: Sketch): string {
    const joined = sketch.isInformative ? this.#mostAlike(sketch) : null;
    return this.#keep(id, sketch, joined);
  }

  /** Adds a fingerprint under the name that it was given before. That name must be there already. */
  restore(id: string, sketch: Sketch, name: string): void {
    this.#keep(id, sketch, name === id ? null : this.#members.get(name)!);
  }

  /** A name may be removed only with all that bear it, or after them. O(what stays). */
  remove(ids: Iterable<string>): void {
    for (const id of ids) this.#members.delete(id);
    this.#bands.clear();
    for (const member of this.#members.values()) this.#index(member);
  }

  #keep(id: string, sketch: Sketch, first: Member | null): string {
    const member = { id, order: this.#added++, sketch } as Member;
    member.first = first ?? member;
    this.#members.set(id, member);
    this.#index(member);
    return member.first.id;
  }

  #index(member: Member): void {
    if (!member.sketch.isInformative) return;
    for (const band of bandsOf(member.sketch)) {
      const bucket = this.#bands.get(band);
      if (bucket === undefined) this.#bands.set(band, [member]);
      else if (bucket.length < clusters.candidatesPerBand) bucket.push(member);
    }
  }

  /** The first member of the cluster that a newcomer belongs to. */
  #mostAlike(sketch: Sketch): Member | null {
    let [best, most] = [null as Member | null, 0];
    for (const member of this.#candidates(sketch)) {
      const alike = linkOf(member.sketch, sketch) ?? 0;
      const isBetter =
        alike > most || (alike === most && best !== null && member.order < best.order);
      if (alike === 0 || !isBetter || !hasMuchInCommon(member.first.sketch, sketch)) continue;
      [best, most] = [member, alike];
    }
    return best?.first ?? null;
  }

  #candidates(sketch: Sketch): Set<Member> {
    return new Set([...bandsOf(sketch)].flatMap((band) => this.#bands.get(band) ?? []));
  }
}

function hasMuchInCommon(a: Sketch, b: Sketch): boolean {
  const smaller = Math.min(a.bigrams.length, b.bigrams.length);
  return sharedCount(a.bigrams, b.bigrams) >= clusters.minCommonShare * smaller;
}
