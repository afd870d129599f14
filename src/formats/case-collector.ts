import type { Notes } from '../contract/test-run.ts';
import { CaseTable } from '../domain/case-table.ts';
import type { Case, Status, Summary } from '../domain/model.ts';
import { cutText } from '../domain/text.ts';
import { limits } from '../limits.ts';

/** What a foreign report comes to. The counts come from its cases, never from what it claims. */
export type ReadCases = {
  cases: CaseTable;
  /** cases beyond the limit: counted, not kept */
  casesDropped: number;
  /** passed, failed, skipped and flaky are disjoint and add up to total */
  summary: Summary;
  startedAtMs: number | null;
  /** fields of the contract that the report itself tells; what the client says goes before them */
  hints: Hints;
  /** what the report says about its surroundings, redacted and cut; at most 64 entries */
  properties: ReadonlyMap<string, string>;
};

export type Hints = {
  framework?: string;
  commit?: string;
  branch?: string;
  runKey?: string;
  environment?: string;
  runUrl?: string;
  reporter?: { name: string; version?: string };
};

/** How an equal case that comes later is read. */
export type Repetition = {
  /** equal keys are attempts of one test */
  key: string;
  /** the runner repeats a test only after a failure, even where it wrote the attempt as passed */
  onlyAfterFailure?: boolean;
  /** the same attempt is told twice, as for a failing teardown */
  sameAttempt?: boolean;
};

/** How long a message stays once the texts of the run have used up their share. */
const briefLength = 200;
/** and with the mark of the cut, so that it is not cut again */
const briefWithMark = briefLength + 50;

/**
 * Collects the cases of one upload: keeps the first 10,000 and counts the rest, merges attempts,
 * and holds the texts of the run to what one JSON body could have carried.
 */
export class CaseCollector {
  readonly #notes: Notes;
  readonly #kept: Case[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #dropped: Record<Status, number> = { passed: 0, failed: 0, skipped: 0, flaky: 0 };
  #droppedCount = 0;
  #textLength = 0;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  /** Whether the next case is only counted, unless it is a further attempt of a kept one. */
  get isFull(): boolean {
    return this.#kept.length >= limits.casesPerRun.value;
  }

  hasAttemptOf(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** A case beyond the limit. */
  drop(status: Status): void {
    this.#dropped[status]++;
    this.#droppedCount++;
  }

  add(item: Case, repetition: Repetition | null): void {
    const known = repetition === null ? undefined : this.#byKey.get(repetition.key);
    if (known !== undefined) {
      this.#kept[known] = this.#withinBudget(merge(this.#kept[known]!, item, repetition!));
      return;
    }
    if (this.isFull) {
      this.drop(item.status);
      return;
    }
    if (repetition !== null) this.#byKey.set(repetition.key, this.#kept.length);
    this.#kept.push(this.#withinBudget(item));
  }

  /** Sum of the durations that were told; null when none was. */
  totalMs(): number | null {
    let sum: number | null = null;
    for (const { durationMs } of this.#kept) if (durationMs !== null) sum = (sum ?? 0) + durationMs;
    return sum;
  }

  finish(told: Omit<ReadCases, 'cases' | 'casesDropped' | 'summary'> & Durations): ReadCases {
    const { durationMs, ...rest } = told;
    const cases = CaseTable.of(this.#kept);
    const casesDropped = this.#droppedCount;
    if (casesDropped > 0) {
      const max = limits.casesPerRun.value;
      this.#notes.add('cases_dropped', `${casesDropped} cases beyond ${max} were not stored`);
    }
    const count = (status: Status) => cases.countOf(status) + this.#dropped[status];
    const total = cases.count + casesDropped;
    if (total === 0) this.#notes.add('no_cases', 'the report holds no test case');
    const summary = {
      total,
      passed: count('passed'),
      failed: count('failed'),
      skipped: count('skipped'),
      flaky: count('flaky'),
      durationMs: this.#sensible(durationMs),
    };
    return { cases, casesDropped, summary, ...rest };
  }

  #sensible(durationMs: number | null): number | null {
    if (durationMs === null || durationMs <= limits.durationMs.value) return durationMs;
    this.#notes.add('time_unreadable', 'the run would have lasted more than thirty days');
    return null;
  }

  #withinBudget(item: Case): Case {
    this.#textLength += lengthOfTexts(item);
    const isWithin = this.#textLength <= limits.textsPerRun.value;
    return detached(isWithin ? item : withBriefTexts(item, this.#notes));
  }
}

export const lengthOfTexts = ({ errorMessage, stack }: Case): number =>
  (errorMessage?.length ?? 0) + (stack?.length ?? 0);

/** What is left of the texts of a case once those of the run have used up their share. */
export function withBriefTexts(item: Case, notes: Notes): Case {
  if (lengthOfTexts(item) <= briefWithMark) return item;
  notes.add('texts_cut', 'the messages of this run are too long together; some were cut');
  const { errorMessage } = item;
  const brief = errorMessage === null ? null : cutText(errorMessage, briefLength);
  return { ...item, errorMessage: brief, stack: null };
}

/** The case with texts of its own: a slice would keep the whole piece it was cut from alive. */
function detached(item: Case): Case {
  const entries = Object.entries(item).map(([field, value]) => [field, own(value)]);
  return Object.fromEntries(entries) as Case;
}

const own = (value: unknown): unknown =>
  typeof value === 'string' ? Buffer.from(value).toString() : value;

type Durations = { durationMs: number | null };

/** Two attempts as one case: the last that was executed tells the outcome. */
function merge(before: Case, next: Case, { onlyAfterFailure, sameAttempt }: Repetition): Case {
  if (next.status === 'skipped') return before;
  if (before.status === 'skipped') return next;
  const hadTrouble = before.status !== 'passed' || onlyAfterFailure === true;
  const attempts = sameAttempt ? before.attempts : before.attempts + next.attempts;
  const status =
    next.status === 'passed' && hadTrouble ? afterPass(before, sameAttempt) : next.status;
  return {
    ...next,
    status,
    attempts: Math.min(limits.attempts.value, attempts),
    errorMessage: next.errorMessage ?? before.errorMessage,
    stack: next.errorMessage === null && next.stack === null ? before.stack : next.stack,
  };
}

const afterPass = (before: Case, sameAttempt: boolean | undefined): Status =>
  sameAttempt ? before.status : 'flaky';
