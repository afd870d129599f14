import { storm } from '../../domain/analytics-params.ts';
import type { RunState } from '../../domain/logical-run.ts';
import { isRealBreakage, isStorm, troubledShare } from '../../domain/storm.ts';
import { type Commit, CommitOrder, type SeenCommit } from './commit-order.ts';
import { Rings } from './rings.ts';
import { type RunCounts, type RunSheet, wholeSheet } from './run-sheet.ts';

/** What evidence is kept apart by. */
export type CellName = { job: string; environment: string };

export type Cell = CellName & {
  no: number;
  /** whether some case was tried more than once */
  hasRetries: boolean;
  /** in key order */
  runs: JudgedRun[];
  /** variant by test number, -1 where there is none */
  variants: Int32Array;
};

/** 0: evidence; 1: a mass failure, held back; 2: one that turned out to be a real breakage. */
export type Storm = 0 | typeof HELD_BACK | typeof RELEASED;
export const HELD_BACK = 1;
export const RELEASED = 2;

/** A logical run as far as it is judged. */
export type JudgedRun = {
  readonly seq: number;
  readonly cell: number;
  readonly commit: Commit;
  atMs: number;
  counts: RunCounts;
  storm: Storm;
};

/** One upload with what was found about it. */
export type Arrival = SeenCommit & {
  runSeq: number;
  cell: CellName;
  sheet: RunSheet;
};

/** Reads all of a run that was taken in so far. */
export type ReadFold = (runSeq: number) => RunState;

/** Runs whose storm marks may depend on one run: those that have it among those before them. */
const stormReach = storm.medianRuns + 1;
/** Commits of a cell that are looked at, the newest: of the default branch, and of pull requests. */
const windowCommits = { default: 512, pull: 256 };

/**
 * The canonical state of a repo: commits in key order, runs, and the newest units of each variant.
 * It is a function of the set of uploads taken in. Where an upload changes what cannot be taken back
 * piece by piece, `take` says so, and the state must be made anew from the facts.
 */
export class RepoState {
  readonly order = new CommitOrder();
  readonly cells: Cell[] = [];
  readonly rings = new Rings();
  readonly runs = new Map<number, JudgedRun>();
  /** those of the default branch, in key order */
  defaults: JudgedRun[] = [];
  /** test number and cell by variant */
  readonly testOf: number[] = [];
  readonly cellOf: number[] = [];
  /** what changed since the last save */
  readonly changed = {
    runs: new Set<JudgedRun>(),
    commits: new Set<Commit>(),
    cells: new Set<Cell>(),
  };
  readonly #cellByName = new Map<string, Cell>();

  /** Takes in one upload; false: the state no longer holds and must be loaded again. */
  take(arrival: Arrival, readFold: ReadFold): boolean {
    const { commit, isNew, hasMoved } = this.order.see(arrival);
    this.changed.commits.add(commit);
    if (!isNew && hasMoved) this.#sortAll();
    const cell = this.cellNamed(arrival.cell);
    if (arrival.sheet.hasRetries && !cell.hasRetries) {
      cell.hasRetries = true;
      this.changed.cells.add(cell);
    }
    const known = this.runs.get(arrival.runSeq);
    const run = known ?? this.#open(arrival, cell, commit);
    run.atMs = Math.min(run.atMs, arrival.startedAtMs);
    run.counts = arrival.sheet.counts;
    this.changed.runs.add(run);
    return this.#settle(run, cell, arrival.sheet, known === undefined, readFold);
  }

  /** The same cells, commits and runs with no units. */
  withoutEvidence(): RepoState {
    const state = new RepoState();
    for (const cell of this.cells) {
      state.addCell(cell).runs = [...cell.runs];
    }
    state.order.addAll(this.order.byNo);
    for (const [seq, run] of this.runs) state.runs.set(seq, run);
    state.defaults = this.defaults;
    for (const one of this.changed.runs) state.changed.runs.add(one);
    for (const one of this.changed.commits) state.changed.commits.add(one);
    for (const { no } of this.changed.cells) state.changed.cells.add(state.cells[no]!);
    return state;
  }

  cellNamed({ job, environment }: CellName): Cell {
    const name = `${job}\0${environment}`;
    const known = this.#cellByName.get(name);
    if (known !== undefined) return known;
    const cell = this.addCell({ job, environment, hasRetries: false });
    this.changed.cells.add(cell);
    return cell;
  }

  addCell({ job, environment, hasRetries }: CellName & { hasRetries: boolean }): Cell {
    const cell = {
      job,
      environment,
      hasRetries,
      no: this.cells.length,
      runs: [],
      variants: new Int32Array(0),
    };
    this.cells.push(cell);
    this.#cellByName.set(`${cell.job}\0${cell.environment}`, cell);
    return cell;
  }

  /** Runs as they were stored, all of them, without their evidence. */
  addRuns(runs: readonly JudgedRun[]): void {
    for (const run of runs) {
      this.runs.set(run.seq, run);
      this.cells[run.cell]!.runs.push(run);
      if (!run.commit.isPull) this.defaults.push(run);
    }
    this.#sortRuns();
  }

  #addRun(run: JudgedRun): void {
    this.runs.set(run.seq, run);
    const { runs } = this.cells[run.cell]!;
    runs.splice(placeOf(runs, run), 0, run);
    if (!run.commit.isPull) this.defaults.splice(placeOf(this.defaults, run), 0, run);
  }

  #sortRuns(): void {
    for (const cell of this.cells) cell.runs.sort(inKeyOrder);
    this.defaults.sort(inKeyOrder);
  }

  /** Adds what a run says to the units of its commit; false: a unit had been cut, load again. */
  apply(run: JudgedRun, sheet: RunSheet): boolean {
    const cell = this.cells[run.cell]!;
    const { tests, failing, passing, durations } = sheet;
    const { ranks } = this.order;
    const { no } = run.commit;
    let holds = !sheet.isCorrected;
    for (let i = 0; i < tests.length; i++) {
      if (failing[i] === 0 && passing[i] === 0) continue;
      const variant = this.#variant(cell, tests[i]!);
      holds = this.rings.add(variant, no, ranks, failing[i]!, passing[i]!, durations[i]!) && holds;
    }
    return holds;
  }

  /**
   * The first rank that counts, of commits of the default branch and of pull requests of a cell; pull
   * requests no older than the oldest commit of a branch that has more than are looked at. O(window).
   */
  windowOf({ runs }: Cell): { default: number; pull: number; isCut: boolean } {
    const left = { ...windowCommits };
    const first = { default: 0, pull: 0, isCut: false };
    let [lastDefault, lastPull] = [-1, -1];
    for (let i = runs.length - 1; i >= 0; i--) {
      const { isPull, rank } = runs[i]!.commit;
      if (isPull && rank !== lastPull) {
        lastPull = rank;
        if (left.pull-- === 0) first.pull = rank + 1;
      } else if (!isPull && rank !== lastDefault) {
        lastDefault = rank;
        if (left.default-- > 0) continue;
        first.default = rank + 1;
        first.isCut = true;
        first.pull = Math.max(first.pull, first.default);
        break;
      }
    }
    return first;
  }

  #open({ runSeq, startedAtMs, sheet }: Arrival, cell: Cell, commit: Commit): JudgedRun {
    const run: JudgedRun = {
      seq: runSeq,
      cell: cell.no,
      commit,
      atMs: startedAtMs,
      counts: sheet.counts,
      storm: 0,
    };
    this.#addRun(run);
    return run;
  }

  /** Marks storms as they are now, and gives the evidence of those that are none. */
  #settle(
    run: JudgedRun,
    cell: Cell,
    sheet: RunSheet,
    isFirst: boolean,
    readFold: ReadFold,
  ): boolean {
    const marks = this.#stormMarks(cell, run);
    let holds = true;
    for (const [other, mark] of marks) {
      const was = other.storm;
      if (was === mark && other !== run) continue;
      other.storm = mark;
      if (was !== mark) this.changed.runs.add(other);
      if (other === run && (isFirst || was !== HELD_BACK)) {
        if (mark !== HELD_BACK) holds = this.apply(run, sheet) && holds;
        else if (!isFirst) holds = false;
      } else if (was === HELD_BACK && mark !== HELD_BACK) {
        holds = this.apply(other, wholeSheet(readFold(other.seq))) && holds;
      } else if (was !== HELD_BACK && mark === HELD_BACK) holds = false;
    }
    return holds;
  }

  /** The marks that a run and those near it in its cell should have. */
  #stormMarks(cell: Cell, run: JudgedRun): Map<JudgedRun, Storm> {
    const { runs } = cell;
    const at = placeOf(runs, run) - 1;
    const [from, to] = [Math.max(0, at - 1), Math.min(runs.length, at + stormReach + 1)];
    const marks = new Map<JudgedRun, Storm>();
    for (let i = from; i < to; i++) marks.set(runs[i]!, isMassFailure(runs, i) ? HELD_BACK : 0);
    const near = runs.slice(Math.max(0, from - 1), to + 1);
    const branch = near.filter(({ commit }) => !commit.isPull);
    branch.forEach((next, i) => {
      const before = branch[i - 1];
      if (before === undefined || before.commit === next.commit) return;
      const held = (one: JudgedRun) => (marks.get(one) ?? one.storm) !== 0;
      if (!held(before) || !held(next)) return;
      const executed = Math.max(stormRunOf(before).executed, stormRunOf(next).executed);
      if (!isRealBreakage(testsOf(before), testsOf(next), executed)) return;
      marks.set(before, RELEASED);
      marks.set(next, RELEASED);
    });
    return marks;
  }

  #variant(cell: Cell, test: number): number {
    if (test >= cell.variants.length) {
      const grown = new Int32Array(Math.max(64, 2 * (test + 1))).fill(-1);
      grown.set(cell.variants);
      cell.variants = grown;
    }
    const known = cell.variants[test]!;
    if (known >= 0) return known;
    const variant = this.rings.open();
    cell.variants[test] = variant;
    this.testOf[variant] = test;
    this.cellOf[variant] = cell.no;
    return variant;
  }

  #sortAll(): void {
    this.rings.sort(this.order.ranks);
    this.#sortRuns();
  }
}

const inKeyOrder = (a: JudgedRun, b: JudgedRun): number =>
  a.commit.rank - b.commit.rank || a.seq - b.seq;

/** Where a run stands or would stand: after all that are before it, and after itself. */
function placeOf(runs: readonly JudgedRun[], run: JudgedRun): number {
  let [from, to] = [0, runs.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (inKeyOrder(runs[middle]!, run) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

const stormRunOf = ({ counts: { total, skipped, failed, flaky } }: JudgedRun) => ({
  executed: total - skipped,
  failed,
  flaky,
});

function isMassFailure(runs: readonly JudgedRun[], at: number): boolean {
  const run = stormRunOf(runs[at]!);
  // Most runs are far from it, whatever those before were like.
  if (!isStorm(run, [])) return false;
  const before = runs.slice(Math.max(0, at - storm.medianRuns), at);
  return isStorm(
    run,
    before.map((one) => troubledShare(stormRunOf(one))),
  );
}

const testsOf = ({ counts }: JudgedRun): Set<number> =>
  new Set(Array.from(counts.offenders, (offender) => offender >> 1));
