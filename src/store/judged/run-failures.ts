import { clusters as params } from '../../domain/analytics-params.ts';
import { failureGroups } from '../../domain/failure-groups.ts';
import { FingerprintMemo } from '../judge/fingerprint-memo.ts';
import type { CaseFacts, Reads } from '../reads.ts';
import type { Db } from '../sqlite.ts';
import { parseUuid } from '../uuid.ts';
import type { ClusterReads, Sighting } from './cluster-reads.ts';

/** Failures of one run that probably have one cause. */
export type FailureGroup = {
  /** what most of them say, as its cluster is named where that is known */
  fingerprint: string;
  /** the first message, or stack, that says it; '' where nobody said anything */
  message: string;
  /** cases */
  failures: number;
  /** the first 20, in order of appearance */
  tests: Pick<CaseFacts, 'testId' | 'suite' | 'name'>[];
  /** ids of all its tests */
  members: string[];
  /** the first 20, in order of appearance */
  suites: string[];
  /** of the cluster in the repo; null: not judged yet, or not known any more */
  firstSeen: Sighting | null;
};

export type RunFailures = {
  /** failed cases of the run */
  failures: number;
  /** how many of them were put into groups */
  grouped: number;
  /** groups, of which the largest are told */
  causes: number;
  /** by size, then by appearance */
  groups: FailureGroup[];
};

/** Failures that are put into groups, groups that are told, and tests and suites of each. */
const most = { grouped: 2000, groups: 100, named: 20 };

/** What the failures of single runs have in common. Belongs to a reader, inside one snapshot of the file. */
export class FailureReads {
  readonly #reads: Reads;
  readonly #clusters: ClusterReads;
  readonly #memo = new FingerprintMemo();
  readonly #repoOf;

  constructor(db: Db, reads: Reads, clusters: ClusterReads) {
    this.#reads = reads;
    this.#clusters = clusters;
    this.#repoOf = db
      .prepare<[Buffer], number>(
        'SELECT repo_id FROM uploads JOIN runs ON runs.seq = run_seq WHERE uploads.id = ?',
      )
      .pluck();
  }

  /**
   * The failed cases of a run in groups, by the id of any of its uploads: at most 2,000 cases and 100
   * groups. null: there is no such run. O(text of the cases).
   */
  ofRun(id: string): RunFailures | null {
    const page = this.#reads.listCases(id, { status: 'failed' }, most.grouped, 0);
    if (page === null) return null;
    const cases = page.items.map((item) => ({ ...item, message: item.errorMessage }));
    const said = cases.map((item) => this.#memo.of(item, item.suite));
    const groups = failureGroups(cases, (i) => said[i]!);
    const largest = groups.toSorted((a, b) => b.length - a.length).slice(0, most.groups);
    const repoId = this.#repoOf.get(parseUuid(id)!)!;
    return {
      failures: page.matching,
      grouped: cases.length,
      causes: groups.length,
      groups: largest.map((group) => this.#groupOf(repoId, cases, said, group)),
    };
  }

  #groupOf(repoId: number, cases: CaseFacts[], said: string[], group: number[]): FailureGroup {
    const fingerprint = mostFrequent(group.map((i) => said[i]!));
    const { errorMessage, stack } = cases[group.find((i) => said[i] === fingerprint)!]!;
    const cluster = this.#clusters.clusterOf(repoId, fingerprint);
    const members = group.map((i) => cases[i]!);
    const message = (errorMessage ?? stack ?? '').slice(0, params.sample).toWellFormed();
    return {
      fingerprint: cluster?.name ?? fingerprint,
      message,
      failures: group.length,
      tests: members
        .slice(0, most.named)
        .map(({ testId, suite, name }) => ({ testId, suite, name })),
      members: members.map(({ testId }) => testId),
      suites: [...new Set(members.map(({ suite }) => suite))].slice(0, most.named),
      firstSeen: cluster?.firstSeen ?? null,
    };
  }
}

/** Of equals the first. */
function mostFrequent(texts: readonly string[]): string {
  const groups = [...Map.groupBy(texts, (text) => text)];
  return groups.reduce((a, b) => (b[1].length > a[1].length ? b : a))[0];
}
