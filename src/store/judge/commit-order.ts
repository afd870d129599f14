/** A commit of a repo as the judgement sees it. */
export type Commit = {
  readonly no: number;
  /** the commit; of a run without one the id of that run, which is then a unit of its own */
  readonly name: string;
  readonly sha: string | null;
  /** false: the default branch */
  readonly isPull: boolean;
  /** first part of the order key: commit time where reported, else the earliest start of its runs */
  timeMs: number;
  hasCommitTime: boolean;
  firstReceivedMs: number;
  /** place among all commits of the repo in key order */
  rank: number;
  /** commits of the default branch before it */
  place: number;
};

/** What an upload says of its commit. */
export type SeenCommit = {
  name: string;
  sha: string | null;
  isPull: boolean;
  commitTimeMs: number | null;
  startedAtMs: number;
  receivedAtMs: number;
};

const before = (a: Commit, b: Commit): boolean =>
  a.timeMs < b.timeMs ||
  (a.timeMs === b.timeMs && (a.name < b.name || (a.name === b.name && a.isPull < b.isPull)));

/**
 * The commits of a repo in the order of their keys (time, name), which is a function of the set of
 * uploads: a time is the least that was reported, and a commit time goes before starts of runs.
 */
export class CommitOrder {
  readonly byNo: Commit[] = [];
  readonly sorted: Commit[] = [];
  /** rank by commit number, for loops over evidence */
  ranks = new Uint32Array(256);
  readonly #byName = new Map<string, Commit>();
  #defaults = 0;

  /** Commits of the default branch. */
  get defaults(): number {
    return this.#defaults;
  }

  /**
   * Takes in what an upload says. `hasMoved`: a commit that was known changed its place among the
   * others, so that what is sorted by rank must be sorted again. O(log n) at the end of the order,
   * O(n) elsewhere.
   */
  see(seen: SeenCommit): { commit: Commit; isNew: boolean; hasMoved: boolean } {
    const known = this.#byName.get(nameOf(seen));
    if (known !== undefined)
      return { commit: known, isNew: false, hasMoved: this.#update(known, seen) };
    const commit: Commit = {
      no: this.byNo.length,
      name: seen.name,
      sha: seen.sha,
      isPull: seen.isPull,
      timeMs: seen.commitTimeMs ?? seen.startedAtMs,
      hasCommitTime: seen.commitTimeMs !== null,
      firstReceivedMs: seen.receivedAtMs,
      rank: 0,
      place: 0,
    };
    this.#add(commit);
    return { commit, isNew: true, hasMoved: false };
  }

  /** Commits as they were stored, all of them, numbers in order. O(n log n). */
  addAll(commits: readonly Commit[]): void {
    for (const commit of commits) {
      this.byNo.push(commit);
      this.#byName.set(nameOf(commit), commit);
      this.sorted.push(commit);
      if (!commit.isPull) this.#defaults++;
    }
    this.sorted.sort((a, b) => (before(a, b) ? -1 : 1));
    this.#renumber(0);
  }

  #add(commit: Commit): void {
    this.byNo.push(commit);
    this.#byName.set(nameOf(commit), commit);
    if (!commit.isPull) this.#defaults++;
    this.#insert(commit);
  }

  #update(commit: Commit, seen: SeenCommit): boolean {
    commit.firstReceivedMs = Math.min(commit.firstReceivedMs, seen.receivedAtMs);
    const timeMs = timeAfter(commit, seen);
    commit.hasCommitTime ||= seen.commitTimeMs !== null;
    if (timeMs === commit.timeMs) return false;
    commit.timeMs = timeMs;
    const [left, right] = [this.sorted[commit.rank - 1], this.sorted[commit.rank + 1]];
    const isInPlace =
      (left === undefined || before(left, commit)) &&
      (right === undefined || before(commit, right));
    if (isInPlace) return false;
    this.sorted.splice(commit.rank, 1);
    this.#renumber(commit.rank);
    this.#insert(commit);
    return true;
  }

  #insert(commit: Commit): void {
    let [from, to] = [0, this.sorted.length];
    const last = this.sorted[to - 1];
    if (last === undefined || before(last, commit)) from = to;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (before(this.sorted[middle]!, commit)) from = middle + 1;
      else to = middle;
    }
    if (from === this.sorted.length) this.sorted.push(commit);
    else this.sorted.splice(from, 0, commit);
    this.#renumber(from);
  }

  #renumber(from: number): void {
    if (this.byNo.length > this.ranks.length) {
      const grown = new Uint32Array(2 * this.byNo.length);
      grown.set(this.ranks);
      this.ranks = grown;
    }
    const left = this.sorted[from - 1];
    let place = left === undefined ? 0 : left.place + (left.isPull ? 0 : 1);
    for (let rank = from; rank < this.sorted.length; rank++) {
      const commit = this.sorted[rank]!;
      commit.rank = rank;
      commit.place = place;
      this.ranks[commit.no] = rank;
      if (!commit.isPull) place++;
    }
  }
}

const nameOf = ({ name, isPull }: { name: string; isPull: boolean }): string =>
  `${isPull ? 'pull' : 'default'} ${name}`;

function timeAfter(commit: Commit, { commitTimeMs, startedAtMs }: SeenCommit): number {
  if (commitTimeMs === null) {
    return commit.hasCommitTime ? commit.timeMs : Math.min(commit.timeMs, startedAtMs);
  }
  return commit.hasCommitTime ? Math.min(commit.timeMs, commitTimeMs) : commitTimeMs;
}
