import { LRUCache } from 'lru-cache';
import { formulaVersion, twoState } from '../../domain/analytics-params.ts';
import { RunState } from '../../domain/logical-run.ts';
import { culpritOf } from './culprits.ts';
import { guessBranch } from './default-branch.ts';
import { type JudgedDurations, judgeAllDurations } from './durations.ts';
import type { StoredUpload } from './facts.ts';
import { type Book, emptyBook, type Incident, replay } from './incident-book.ts';
import type { IncidentBody, Judgement } from './judgement-rows.ts';
import { newsOf } from './news.ts';
import { gradeRepo } from './repo-grade.ts';
import { HELD_BACK, type JudgedRun, RepoState } from './repo-state.ts';
import { firstSheet, nextSheet, type RunSheet, Stamps, wholeSheet } from './run-sheet.ts';
import { encodeCommits, encodeVariants } from './snapshot.ts';
import { judgeSuites } from './suites.ts';
import { summaryOf } from './summary.ts';
import type { Tools } from './tools.ts';
import { UnitReader } from './unit-reader.ts';
import { judgeVariants } from './variants.ts';

/** Commits of the default branch after which incidents are cut, and how many stay behind the cut. */
const cutEvery = 128;
const cutBehind = 64;

/** A judgement with the incidents that may still change. */
type Outcome = { judgement: Judgement; incidents: { incident: Incident; body: IncidentBody }[] };

/** What ends a step of the work on a repo. */
type Step = Generator<void, void, void>;

/**
 * Judges one repo: takes its uploads in the order of their numbers and evaluates all it knows when
 * asked, in steps between which others may work. What is saved is a function of the uploads.
 */
export class RepoJudge {
  readonly repoId: number;
  readonly slug: string;
  readonly #tools: Tools;
  readonly #keeps: boolean;
  readonly #stamps = new Stamps();
  readonly #folds = new LRUCache<number, RunState>({
    maxSize: 200_000,
    sizeCalculation: ({ tests }) => tests.size + 1,
  });
  #state = new RepoState();
  #book: Book = emptyBook;
  #settledBranch: string | null = null;
  /** the best guess, held for the uploads up to one, so that taking them again ends */
  #guess: { branch: string | null; throughSeq: number } = { branch: null, throughSeq: 0 };
  #takenSeq = 0;
  #takenDay: number | null = null;
  /** something was taken in since the last evaluation */
  isDirty = false;
  /** how often it was evaluated and saved */
  evaluations = 0;

  /** `keeps` false: only to find out; nothing is written, and incidents and clusters are as saved. */
  constructor(repoId: number, slug: string, tools: Tools, keeps = true) {
    this.#keeps = keeps;
    this.repoId = repoId;
    this.slug = slug;
    this.#tools = tools;
  }

  /** Newest upload taken in. */
  get takenSeq(): number {
    return this.#takenSeq;
  }

  /** bytes of the evidence, and how many variants share them */
  get evidence(): { bytes: number; variants: number } {
    const { bytes, variants } = this.#state.rings;
    return { bytes, variants };
  }

  get bytes(): number {
    return (
      this.#state.rings.bytes + this.#state.runs.size * 400 + this.#state.order.byNo.length * 200
    );
  }

  /** Makes the state that was saved again. */
  *load(): Step {
    const { rows, saved } = this.#tools;
    const found = rows.find(this.repoId);
    if (found === null) return;
    this.#book = found.book;
    this.#settledBranch = found.defaultBranch;
    this.#takenSeq = found.judgedSeq;
    this.#takenDay = dayOf(this.#tools.facts.receivedAtMs(found.judgedSeq));
    this.#guess = { branch: this.#guessAt(found.judgedSeq), throughSeq: found.judgedSeq };
    this.#state = saved.load(this.repoId);
    yield* this.#refill();
  }

  /** Forgets all that was judged; the caller takes all uploads again. */
  forget(): void {
    const { rows, saved, clusters } = this.#tools;
    if (this.#keeps) {
      rows.forget(this.repoId);
      saved.forget(this.repoId);
      clusters.clear(this.repoId);
    }
    this.#state = new RepoState();
    this.#book = emptyBook;
    this.#takenSeq = 0;
    this.#takenDay = null;
    this.#folds.clear();
    this.isDirty = false;
  }

  /**
   * Takes in one upload. False: the default branch turned out to be another, so that all must be
   * taken again from the first.
   */
  *take(seq: number): Generator<void, boolean, void> {
    const upload = this.#tools.facts.upload(seq);
    const day = dayOf(upload.receivedAtMs);
    if (this.isDirty && this.#takenDay !== null && day !== this.#takenDay) yield* this.evaluate();
    const branch = this.#branchFor(upload);
    if (branch === undefined) return false;
    const arrival = {
      name: upload.commit ?? upload.runId,
      sha: upload.commit,
      isPull: upload.branch !== null && branch !== null && upload.branch !== branch,
      commitTimeMs: upload.commitTimeMs,
      startedAtMs: upload.startedAtMs ?? upload.receivedAtMs,
      receivedAtMs: upload.receivedAtMs,
      runSeq: upload.runSeq,
      cell: { job: upload.job, environment: upload.environment },
      sheet: this.#sheetOf(upload),
    };
    const holds = this.#state.take(arrival, (runSeq) => this.#tools.facts.fold(runSeq, seq));
    this.#takenSeq = seq;
    this.#takenDay = day;
    this.isDirty = true;
    yield* this.#cluster(upload);
    if (!holds) yield* this.#refill();
    if (this.#state.order.defaults - this.#book.fromPlace >= cutEvery + cutBehind) {
      yield* this.evaluate(true);
    }
    return true;
  }

  *#cluster({ seq, receivedAtMs, facts, readTexts }: StoredUpload): Step {
    if (!this.#keeps) return;
    const { names, clusters } = this.#tools;
    const { repoId } = this;
    yield* clusters.taking({
      repoId,
      seq,
      atMs: receivedAtMs,
      suiteOf: (test) => names.suiteOf(repoId, test),
      columns: facts,
      texts: readTexts(),
    });
  }

  /** Judges everything and saves it. `isCut`: incidents that are over become final. */
  *evaluate(isCut = false): Step {
    if (!this.#keeps) return;
    const { judgement, incidents } = yield* this.judgement(isCut);
    this.#book = judgement.book;
    this.#save(judgement, incidents);
    this.evaluations++;
    this.isDirty = false;
  }

  /** What all that was taken in comes to. Changes and saves nothing. */
  *judgement(isCut = false): Generator<void, Outcome, void> {
    const state = this.#state;
    const reader = new UnitReader(state);
    const { names, clusters } = this.#tools;
    names.refresh(this.repoId);
    const open = openKeys(this.#book);
    const since = {
      fromPlace: this.#book.fromPlace,
      isWatched: (key: string) => open.has(key),
    };
    const order = [...reader.variants()];
    const judged = yield* judgeVariants(reader, order, since);
    const timed = yield* judgeAllDurations(reader);
    const suiteOf = (test: number) => names.suiteOf(this.repoId, test);
    const suites = yield* judgeSuites(reader, order, judged.rows, suiteOf);
    const alerting = judged.signals.filter(({ risk }) => risk !== null);
    const tests = alerting.map(({ variant }) => state.testOf[variant]!);
    yield;
    const newest = clusters.newestOf(this.repoId, tests);
    const clusterOf = (test: number) => newest.get(test) ?? null;
    const news = yield* newsOf(reader, judged, timed, { suiteOf, clusterOf }, since);
    const cutPlace = isCut ? state.order.defaults - cutBehind : null;
    const publicId = (test: number) => names.publicId(this.repoId, test);
    yield;
    const { incidents, cut } = yield* replay(
      this.slug,
      this.#book,
      news,
      state.order,
      publicId,
      cutPlace,
    );
    yield;
    const standing = new Set(judged.rows.filter((row) => row.isStanding).map(({ test }) => test));
    const graded = gradeRepo(state, standing);
    yield;
    const usual = { default: twoState.breakage, pull: twoState.pull.breakage };
    const judgement: Judgement = {
      judgedSeq: this.#takenSeq,
      formulaVersion,
      inputHash: graded.inputHash,
      defaultBranch: this.#settledBranch,
      summary: summaryOf(judged, suites, graded, state.defaults),
      variants: encodeVariants(judged.rows, slowVariants(timed, order)),
      commits: encodeCommits(reader, judged.breakages, usual),
      book: cut ?? this.#book,
    };
    const bodies: Outcome['incidents'] = [];
    for (const incident of incidents) {
      yield;
      bodies.push({ incident, body: bodyOf(reader, incident) });
    }
    yield;
    return { judgement, incidents: bodies };
  }

  #save(judgement: Judgement, incidents: Outcome['incidents']): void {
    const { db, rows, saved, clusters } = this.#tools;
    const { sorted } = this.#state.order;
    const first = sorted.find(({ place, isPull }) => !isPull && place >= judgement.book.fromPlace);
    const write = db.transaction(() => {
      saved.save(this.repoId, this.#state);
      rows.put(this.repoId, judgement);
      if (this.#takenDay !== null) rows.putGrade(this.repoId, this.#takenDay, judgement);
      rows.putIncidents(this.repoId, incidents, first?.firstReceivedMs ?? Infinity);
      clusters.flush(this.repoId);
    });
    this.#tools.endReading();
    write.immediate();
    const bytes = judgement.variants.length + judgement.commits.length;
    this.#tools.onWrite(16 + incidents.length + bytes / 4096);
  }

  /** undefined: start again, with another default branch than the one assumed so far. */
  #branchFor(upload: StoredUpload): string | null | undefined {
    const { branches } = this.#tools;
    const decided = branches.at(this.repoId, upload.receivedAtMs);
    if (decided !== undefined) return decided;
    if (this.#settledBranch !== null) return this.#settledBranch;
    if (upload.seq <= this.#guess.throughSeq) return this.#guess.branch;
    const before = this.#guess.branch;
    const { branch, isSettled } = guessBranch(branches.seen(this.repoId, upload.runSeq));
    if (isSettled) this.#settledBranch = branch;
    this.#guess = { branch, throughSeq: upload.seq };
    const hasRuns = this.#state.runs.size > 0 && before !== null;
    return hasRuns && branch !== before ? undefined : branch;
  }

  #guessAt(seq: number): string | null {
    const { branches, facts } = this.#tools;
    return guessBranch(branches.seen(this.repoId, facts.upload(seq).runSeq)).branch;
  }

  #sheetOf(upload: StoredUpload): RunSheet {
    const { seq, runSeq, facts } = upload;
    if (this.#state.runs.has(runSeq)) {
      const fold = this.#folds.get(runSeq) ?? this.#tools.facts.fold(runSeq, seq - 1);
      const sheet = nextSheet(fold, facts);
      this.#folds.set(runSeq, fold);
      return sheet;
    }
    const sheet = firstSheet(facts, this.#stamps);
    return sheet ?? nextSheet(new RunState(), facts);
  }

  /** Makes all units anew from the runs that are known. */
  *#refill(): Step {
    const state = this.#state.withoutEvidence();
    this.#state = state;
    for (const cell of state.cells) {
      const window = state.windowOf(cell);
      for (const run of cell.runs) {
        const first = run.commit.isPull ? window.pull : window.default;
        if (run.commit.rank < first || run.storm === HELD_BACK) continue;
        state.apply(run, this.#wholeSheet(run));
        yield;
      }
    }
  }

  #wholeSheet(run: JudgedRun): RunSheet {
    const only = this.#tools.facts.onlyUpload(run.seq, this.#takenSeq);
    const sheet = only === null ? null : firstSheet(only, this.#stamps);
    return sheet ?? wholeSheet(this.#tools.facts.fold(run.seq, this.#takenSeq));
  }
}

const dayOf = (ms: number): number => Math.floor(ms / 86_400_000);

/** Whether a variant, by its place in `order`, takes longer than it did. */
function slowVariants(
  timed: readonly JudgedDurations[],
  order: readonly number[],
): (i: number) => boolean {
  const slow = new Set(
    timed.flatMap(({ slowDowns, variants }) =>
      slowDowns.filter(({ endPlace }) => endPlace === null).map((one) => variants[one.variant]!),
    ),
  );
  return (i) => slow.has(order[i]!);
}

const openKeys = ({ incidents }: Book): Set<string> =>
  new Set(
    incidents
      .filter(({ state }) => state.isOpen)
      .flatMap(({ parts }) => parts.map(({ key }) => key)),
  );

function bodyOf(reader: UnitReader, incident: Incident): IncidentBody {
  const { parts, events, kind } = incident;
  return { parts, events, culprit: kind === 'new-failure' ? culpritOf(reader, incident) : null };
}
