import { addResult, packAttempts } from '../../domain/commit-unit.ts';
import {
  FAILED,
  FLAKY,
  PASSED,
  type RunState,
  SKIPPED,
  type TestResult,
  type UploadFacts,
  unlistedOf,
} from '../../domain/logical-run.ts';
import type { Summary } from '../../domain/model.ts';
import { packDuration } from './rings.ts';

/** What a logical run counts, as far as it is judged. */
export type RunCounts = Summary & {
  /** stored cases that were not skipped */
  executedCases: number;
  /** tests that failed (2 × number) or were flaky (2 × number + 1), ascending */
  offenders: Uint32Array;
};

/**
 * What one upload changes: effective attempts (eighths, see `packAttempts`) to add to the units of
 * its tests, and what its run counts with it.
 */
export type RunSheet = {
  tests: ArrayLike<number>;
  failing: Int16Array;
  passing: Int16Array;
  /** `packDuration` of a passing result; 0: none */
  durations: Uint16Array;
  counts: RunCounts;
  /** a result that was taken in before is another now, in a way that cannot be added up */
  isCorrected: boolean;
  /** whether some case was tried more than once */
  hasRetries: boolean;
};

/**
 * The sheet of a run's first upload; null where a test occurs in it twice, so that it must be folded.
 * O(cases), no object per case.
 */
export function firstSheet(upload: UploadFacts, stamps: Stamps): RunSheet | null {
  const { tests, statuses, durations, attempts, summary } = upload;
  if (!stamps.areDistinct(tests)) return null;
  const sheet = blankSheet(tests);
  const own = [0, 0, 0, 0];
  const offenders: number[] = [];
  for (let i = 0; i < tests.length; i++) {
    const status = statuses[i]!;
    own[status]!++;
    if (attempts[i]! > 1) sheet.hasRetries = true;
    if (status === SKIPPED) continue;
    if (status === PASSED && durations[i]! >= 0) sheet.durations[i] = packDuration(durations[i]!);
    if (status === PASSED && attempts[i]! <= 1) {
      sheet.passing[i] = packedPass;
      continue;
    }
    const { failing, passing } = packed(status, attempts[i]!);
    sheet.failing[i] = failing;
    sheet.passing[i] = passing;
    if (status !== PASSED) offenders.push(2 * tests[i]! + (status === FLAKY ? 1 : 0));
  }
  const rest = unlistedOf(summary, own);
  sheet.counts = {
    total: tests.length + rest.total,
    passed: own[PASSED]! + rest.passed,
    failed: own[FAILED]! + rest.failed,
    skipped: own[SKIPPED]! + rest.skipped,
    flaky: own[FLAKY]! + rest.flaky,
    durationMs: summary.durationMs,
    executedCases: tests.length - own[SKIPPED]!,
    offenders: Uint32Array.from(offenders).sort(),
  };
  return sheet;
}

/** The sheet of a further upload; `fold` holds those before it and takes it in. O(tests of the run). */
export function nextSheet(fold: RunState, upload: UploadFacts): RunSheet {
  const tests = Uint32Array.from(new Set(Array.from(upload.tests)));
  const sheet = blankSheet(tests);
  const before = Array.from(tests, (test) => contributionOf(fold.tests.get(test)));
  fold.add(upload);
  tests.forEach((test, i) => {
    const [was, is] = [before[i]!, contributionOf(fold.tests.get(test))];
    sheet.failing[i] = is.failing - was.failing;
    sheet.passing[i] = is.passing - was.passing;
    sheet.durations[i] = is.duration;
    if (was.duration > 0 && (is.duration === 0 || is.duration > was.duration)) {
      sheet.isCorrected = true;
    }
  });
  sheet.hasRetries = Array.from(upload.attempts).some((count) => count > 1);
  sheet.counts = countsOfFold(fold);
  return sheet;
}

/** All that a run says, as if it came in one upload. O(tests of the run). */
export function wholeSheet(fold: RunState): RunSheet {
  const tests = Uint32Array.from(fold.tests.keys());
  const sheet = blankSheet(tests);
  tests.forEach((test, i) => {
    const { failing, passing, duration } = contributionOf(fold.tests.get(test));
    sheet.failing[i] = failing;
    sheet.passing[i] = passing;
    sheet.durations[i] = duration;
  });
  sheet.counts = countsOfFold(fold);
  return sheet;
}

type Contribution = { failing: number; passing: number; duration: number };

/** Each attempt is evidence of its own; the shortest passing result tells how long the test takes. */
export function contributionOf(result: TestResult | undefined): Contribution {
  const sum = { failing: 0, passing: 0, duration: 0 };
  for (const { status, attempts, durationMs } of result?.perAttempt ?? []) {
    const { failing, passing } = packed(status, attempts);
    sum.failing += failing;
    sum.passing += passing;
    if (status !== PASSED || durationMs < 0) continue;
    const duration = packDuration(durationMs);
    sum.duration = sum.duration === 0 ? duration : Math.min(sum.duration, duration);
  }
  return sum;
}

function countsOfFold(fold: RunState): RunCounts {
  const offenders: number[] = [];
  let executedCases = 0;
  for (const [test, { status }] of fold.tests) {
    if (status !== SKIPPED) executedCases++;
    if (status === FAILED) offenders.push(2 * test);
    if (status === FLAKY) offenders.push(2 * test + 1);
  }
  return { ...fold.summary(), executedCases, offenders: Uint32Array.from(offenders).sort() };
}

const packedPass = packAttempts(1);

function packed(status: number, attempts: number): { failing: number; passing: number } {
  const unit = { failing: 0, passing: 0 };
  addResult(unit, status, attempts);
  return { failing: packAttempts(unit.failing), passing: packAttempts(unit.passing) };
}

function blankSheet(tests: ArrayLike<number>): RunSheet {
  const n = tests.length;
  return {
    tests,
    failing: new Int16Array(n),
    passing: new Int16Array(n),
    durations: new Uint16Array(n),
    counts: noCounts,
    isCorrected: false,
    hasRetries: false,
  };
}

const noCounts: RunCounts = {
  total: 0,
  passed: 0,
  failed: 0,
  skipped: 0,
  flaky: 0,
  durationMs: null,
  executedCases: 0,
  offenders: new Uint32Array(),
};

/** Tells whether numbers are all different, without an object per number. */
export class Stamps {
  #stamps = new Uint32Array(1024);
  #stamp = 0;

  areDistinct(numbers: ArrayLike<number>): boolean {
    this.#stamp++;
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (number >= this.#stamps.length) this.#grow(number);
      if (this.#stamps[number] === this.#stamp) return false;
      this.#stamps[number] = this.#stamp;
    }
    return true;
  }

  #grow(number: number): void {
    const grown = new Uint32Array(2 * (number + 1));
    grown.set(this.#stamps);
    this.#stamps = grown;
  }
}
