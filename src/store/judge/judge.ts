import { formulaVersion } from '../../domain/analytics-params.ts';
import { foldSlug } from '../../domain/slug.ts';
import { AppError } from '../../errors.ts';
import type { Db } from '../sqlite.ts';
import { isStorageError } from '../storage-error.ts';
import type { StoredUpload } from './facts.ts';
import { RepoJudge } from './repo-judge.ts';
import { openTools, type Tools } from './tools.ts';

/** How often a repo is evaluated while uploads come in. */
export type Pace = {
  /** uploads are taken in for so long at most, or as long as the last evaluation took, before the next one */
  takeMs: number;
  /** a repo is evaluated at most so often, so that uploads that come together are judged together */
  everyMs: number;
  /** and rests for what an evaluation took, divided by this, so that a large one does not keep the thread */
  share: number;
};

const usualPace: Pace = { takeMs: 200, everyMs: 500, share: 4 };
const mostBytesHeld = 96 * 1024 * 1024;
const mostReposHeld = 256;
/** A full disk is asked again after this long. */
const retryMs = 5000;

type Repo = {
  judge: RepoJudge;
  isLoaded: boolean;
  /** uploads to take, in the order of their numbers */
  pending: number[];
  /** since when something waits for an evaluation, and until when it has to */
  waitingSinceMs: number;
  restUntilMs: number;
  /** time that its steps took so far, and of that its last evaluation */
  spentMs: number;
  evaluationMs: number;
  /** what is pending is not known, and is to be found in the file */
  mustLook: boolean;
  /** other formulas judged it, so that it is to be judged anew */
  isOutdated: boolean;
};

/** What the judge tells of, to who does not care of all. */
export type JudgeHooks = {
  /** a repo could not be judged, or not twice in the same way */
  onFault: (text: string) => void;
  onWrite: (pages: number) => void;
  /** the judgement of this repo is a new one */
  onJudged: (slug: string) => void;
};

type Active = { repo: Repo; step: Generator<void, void, void> };

/**
 * Judges what the writer committed, repo by repo, in slices between its commits. Nothing is lost by a
 * stop: what was not evaluated is taken again. Belongs to the writer.
 */
export class Judge {
  readonly #tools: Tools;
  readonly #sql;
  /** in the order in which they were used last */
  readonly #repos = new Map<number, Repo>();
  readonly #hooks: JudgeHooks;
  readonly #pace: Pace;
  /** the reads of a slice share a transaction */
  #isReading = false;
  #active: Active | null = null;
  #backlog = 0;
  #newest = 0;
  /** repos whose judging failed: what they wait for is looked up when they are taken up again */
  readonly #failed = new Set<number>();
  #lastMark = 0;
  #toVerify: number[] = [];
  #lastVerified = 0;

  constructor(db: Db, hooks: JudgeHooks, pace = usualPace) {
    this.#pace = pace;
    this.#hooks = hooks;
    this.#tools = openTools(db, {
      onWrite: hooks.onWrite,
      endReading: () => {
        if (this.#isReading) db.exec('COMMIT');
        this.#isReading = false;
      },
    });
    this.#sql = {
      slug: db.prepare<[number], string>('SELECT slug FROM repos WHERE id = ?').pluck(),
      judgedSeq: db
        .prepare<[number], number>('SELECT judged_seq FROM judgements WHERE repo_id = ?')
        .pluck(),
      outdated: db
        .prepare<[string], number>(
          'SELECT repo_id FROM judgements WHERE formula_version <> ? ORDER BY repo_id',
        )
        .pluck(),
      mark: db.prepare<[], number>('SELECT through_seq FROM judge_mark').pluck(),
      putMark: db.prepare('INSERT OR REPLACE INTO judge_mark (id, through_seq) VALUES (1, ?)'),
      judged: db.prepare<[], number>('SELECT repo_id FROM judgements ORDER BY repo_id').pluck(),
      repos: db
        .prepare<{ slug: string | null }, number>(
          'SELECT id FROM repos WHERE :slug IS NULL OR slug_folded = :slug ORDER BY id',
        )
        .pluck(),
    };
  }

  /** Bytes of the evidence held, and how many variants share them. */
  get evidence(): { bytes: number; variants: number } {
    const sum = { bytes: 0, variants: 0 };
    for (const { judge } of this.#repos.values()) {
      sum.bytes += judge.evidence.bytes;
      sum.variants += judge.evidence.variants;
    }
    return sum;
  }

  /** Uploads that are not judged yet. */
  get backlog(): number {
    return this.#backlog;
  }

  /**
   * Finds what was committed and not judged before the last stop, and what other formulas judged, which
   * is judged anew. O(uploads since).
   */
  start(): void {
    for (const id of this.#sql.outdated.all(formulaVersion)) this.#repoFor(id).isOutdated = true;
    const through = this.#sql.mark.get() ?? 0;
    for (const { seq, repo_id } of this.#tools.facts.after(through)) {
      if (seq > (this.#sql.judgedSeq.get(repo_id) ?? 0)) this.stored(repo_id, seq);
    }
  }

  /** An upload was committed; null: it is to be read when it is judged. */
  stored(repoId: number, seq: number, upload: StoredUpload | null = null): void {
    if (upload !== null) this.#tools.facts.keep(upload);
    this.#newest = Math.max(this.#newest, seq);
    const repo = this.#repoFor(repoId);
    if (repo.pending.length === 0 && !repo.judge.isDirty) repo.waitingSinceMs = performance.now();
    repo.pending.push(seq);
    this.#backlog++;
  }

  /** Until when there is nothing to do, ms of `performance.now()`; null: for good. */
  get dueAtMs(): number | null {
    if (this.#active !== null || this.#toVerify.length > 0) return 0;
    let due: number | null = null;
    for (const repo of this.#repos.values()) {
      const at = dueOf(repo);
      if (at !== null && (due === null || at < due)) due = at;
    }
    return due;
  }

  /** Works for about `forMs`. */
  work(forMs: number): void {
    const { db } = this.#tools;
    const until = performance.now() + forMs;
    // Many small reads: each would take and give back the locks of the file by itself.
    db.exec('BEGIN');
    this.#isReading = true;
    this.#tools.branches.refresh();
    try {
      while (performance.now() < until) {
        this.#active ??= this.#next();
        if (this.#active === null) return;
        this.#advance(this.#active);
      }
    } finally {
      this.#tools.endReading();
    }
  }

  /**
   * Judges a repo anew from its facts, null all of them; done when nothing is due any more. Returns how
   * many. Throws not_found.
   */
  rebuild(slug: string | null): number {
    const repos = this.#sql.repos.all({ slug: slug === null ? null : foldSlug(slug) });
    if (slug !== null && repos.length === 0) {
      throw new AppError('not_found', `there is no repo ${slug}`);
    }
    for (const id of repos) {
      if (this.#active?.repo.judge.repoId === id) this.#active = null;
      this.#backlog -= this.#repos.get(id)?.pending.length ?? 0;
      // A new one, which remembers nothing of how its branch was settled before.
      this.#repos.delete(id);
      this.#restart(this.#repoFor(id));
    }
    return repos.length;
  }

  /** Plans to judge the next few repos once more from their facts; what differs is reported as a fault. */
  verifySome(repos: number): void {
    const known = this.#sql.judged.all();
    const after = known.filter((id) => id > this.#lastVerified);
    this.#toVerify = [...after, ...known.filter((id) => id <= this.#lastVerified)].slice(0, repos);
  }

  /** Nothing is compared while uploads of the repo wait. */
  *#verifying({ judge, pending }: Repo): Generator<void, void, void> {
    const { repoId, slug } = judge;
    this.#lastVerified = repoId;
    if (pending.length > 0 || judge.isDirty) return;
    const again = new RepoJudge(repoId, slug, this.#tools, false);
    yield* again.load();
    const { judgement } = yield* again.judgement();
    const stored = this.#tools.rows.outcome(repoId);
    if (stored === null || pending.length > 0 || stored.judgedSeq !== judgement.judgedSeq) return;
    const isEqual = {
      inputs: judgement.inputHash.equals(stored.inputHash),
      summary: JSON.stringify(judgement.summary) === stored.summary,
      variants: judgement.variants.equals(stored.variants),
      commits: judgement.commits.equals(stored.commits),
    };
    const differing = Object.entries(isEqual).filter(([, equal]) => !equal);
    if (differing.length === 0) return;
    const names = differing.map(([name]) => name).join(', ');
    this.#hooks.onFault(`${slug}: judged again from its facts, these differ: ${names}`);
  }

  #advance(active: Active): void {
    const begun = performance.now();
    try {
      const { done } = active.step.next();
      active.repo.spentMs += performance.now() - begun;
      if (done === true) this.#active = null;
    } catch (error) {
      this.#active = null;
      this.#fail(active.repo, error);
    }
  }

  /** A repo that cannot be judged does not stop the others; its next upload tries again. */
  #fail({ judge, pending }: Repo, error: unknown): void {
    this.#repos.delete(judge.repoId);
    this.#backlog -= pending.length;
    this.#failed.add(judge.repoId);
    this.#tools.clusters.forget(judge.repoId);
    if (isStorageError(error)) {
      this.#repoFor(judge.repoId).waitingSinceMs = performance.now() + retryMs;
      throw error;
    }
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#hooks.onFault(`${judge.slug}: ${cause}`);
  }

  #next(): Active | null {
    const now = performance.now();
    for (const repo of this.#repos.values()) {
      const due = dueOf(repo);
      if (due !== null && due <= now) return { repo, step: this.#workOn(repo) };
    }
    const id = this.#toVerify.shift();
    if (id === undefined) return null;
    const repo = this.#repoFor(id);
    return { repo, step: this.#verifying(repo) };
  }

  *#workOn(repo: Repo): Generator<void, void, void> {
    const { judge, pending } = repo;
    this.#repos.delete(judge.repoId);
    this.#repos.set(judge.repoId, repo);
    if (repo.isOutdated) return this.#restart(repo);
    if (!repo.isLoaded) {
      yield* judge.load();
      repo.isLoaded = true;
      if (repo.mustLook) this.#lookUp(repo);
      this.#evict();
    }
    const begunMs = repo.spentMs;
    const mostMs = Math.max(this.#pace.takeMs, repo.evaluationMs);
    while (pending.length > 0) {
      const seq = pending[0]!;
      const [spentMs, evaluations] = [repo.spentMs, judge.evaluations];
      if (!(yield* judge.take(seq))) {
        this.#restart(repo);
        return;
      }
      pending.shift();
      this.#backlog--;
      yield;
      if (judge.evaluations > evaluations) this.#evaluated(repo, repo.spentMs - spentMs);
      if (repo.spentMs - begunMs > mostMs && isRested(repo)) break;
    }
    if (!judge.isDirty || !isRested(repo)) return;
    const before = repo.spentMs;
    yield* judge.evaluate();
    this.#evaluated(repo, repo.spentMs - before);
    repo.waitingSinceMs = performance.now();
    this.#putMark();
  }

  /** An evaluation took so long: it is told of, and the repo rests. */
  #evaluated(repo: Repo, costMs: number): void {
    const { everyMs, share } = this.#pace;
    repo.evaluationMs = costMs;
    repo.restUntilMs = performance.now() + Math.max(costMs / share, everyMs - costMs);
    this.#hooks.onJudged(repo.judge.slug);
  }

  /** Everything up to here is judged, so that a start need not look further back. */
  #putMark(): void {
    let through = this.#newest;
    for (const { pending, judge } of this.#repos.values()) {
      if (judge.isDirty) through = Math.min(through, this.#sql.judgedSeq.get(judge.repoId) ?? 0);
      if (pending.length > 0) through = Math.min(through, pending[0]! - 1);
    }
    const isFar = through >= this.#lastMark + 100;
    const isDue = isFar || (this.#backlog === 0 && through > this.#lastMark);
    if (!isDue || this.#failed.size > 0) return;
    this.#tools.endReading();
    this.#sql.putMark.run(through);
    this.#lastMark = through;
  }

  /** A start must look further back now: what is judged anew may be cut short by a stop. */
  #lowerMark(through: number): void {
    const mark = this.#sql.mark.get();
    if (mark === undefined || mark <= through) return;
    this.#tools.endReading();
    this.#sql.putMark.run(through);
    this.#lastMark = through;
  }

  #lookUp(repo: Repo): void {
    this.#backlog -= repo.pending.length;
    repo.pending.splice(0);
    const { repoId, takenSeq } = repo.judge;
    for (const { seq, repo_id } of this.#tools.facts.after(takenSeq)) {
      if (repo_id === repoId) repo.pending.push(seq);
    }
    this.#backlog += repo.pending.length;
    repo.mustLook = false;
    this.#failed.delete(repoId);
  }

  #restart(repo: Repo): void {
    const uploads = this.#tools.facts.ofRepo(repo.judge.repoId);
    this.#tools.endReading();
    const forget = this.#tools.db.transaction(() => {
      repo.judge.forget();
      this.#lowerMark((uploads[0] ?? Infinity) - 1);
    });
    forget.immediate();
    repo.isLoaded = true;
    repo.mustLook = false;
    repo.isOutdated = false;
    this.#failed.delete(repo.judge.repoId);
    this.#backlog += uploads.length - repo.pending.length;
    repo.pending = uploads;
    repo.waitingSinceMs = performance.now();
  }

  #repoFor(repoId: number): Repo {
    const known = this.#repos.get(repoId);
    if (known !== undefined) return known;
    const slug = this.#sql.slug.get(repoId)!;
    const judge = new RepoJudge(repoId, slug, this.#tools);
    const repo: Repo = {
      judge,
      isLoaded: false,
      pending: [],
      waitingSinceMs: performance.now(),
      restUntilMs: 0,
      spentMs: 0,
      evaluationMs: 0,
      mustLook: this.#failed.has(repoId),
      isOutdated: false,
    };
    this.#repos.set(repoId, repo);
    return repo;
  }

  /** Lets go of the repos used longest ago. */
  #evict(): void {
    let held = 0;
    for (const { judge } of this.#repos.values()) held += judge.bytes;
    for (const [id, repo] of this.#repos) {
      const isMany = this.#repos.size > mostReposHeld;
      if ((held <= mostBytesHeld && !isMany) || this.#repos.size === 1) return;
      if (dueOf(repo) !== null) continue;
      held -= repo.judge.bytes;
      this.#repos.delete(id);
      this.#tools.names.forget(id);
    }
  }
}

const isRested = (repo: Repo): boolean => performance.now() >= repo.restUntilMs;

/** When a repo has something to do; null: nothing. Uploads are taken at once, evaluated after a rest. */
function dueOf(repo: Repo): number | null {
  const { pending, judge, restUntilMs, waitingSinceMs, mustLook, isOutdated } = repo;
  if (pending.length > 0 || mustLook || isOutdated) return waitingSinceMs;
  return judge.isDirty ? restUntilMs : null;
}
