import { keepText, type Notes } from '../../contract/test-run.ts';
import type { Case, Status } from '../../domain/model.ts';
import { redactSecrets } from '../../domain/redact.ts';
import { cutName, tidyName } from '../../domain/text.ts';
import { AppError, quoteInput } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { CaseCollector, type Hints, type ReadCases } from '../case-collector.ts';
import { parseJson } from '../json.ts';
import { ctrfSchema } from './ctrf-schema.ts';

type Fields = Record<string, unknown>;

/**
 * Reads one CTRF report. It is taken as whole JSON, up to the size of a JSON body. What its
 * producers get wrong is read as they meant it, with a warning; only what cannot be understood is
 * refused. docs/formats.md tells the rules.
 */
export class CtrfReader {
  readonly #notes: Notes;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  write(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#length > limits.bodyBytes.value) {
      throw new AppError('too_large', 'a CTRF report may have 16 MiB');
    }
    this.#pieces.push(bytes.slice());
  }

  end(): ReadCases {
    return readCtrf(parseJson(Buffer.concat(this.#pieces, this.#length)), this.#notes);
  }
}

/** Throws `not_ctrf`, or `invalid_body` with the path of the test that cannot be understood. */
function readCtrf(body: unknown, notes: Notes): ReadCases {
  const report = fieldsOf(body);
  const results = fieldsOf(report.results);
  if (!Array.isArray(results.tests)) {
    throw new AppError('not_ctrf', 'this is no CTRF report: results.tests is no list', {
      path: 'results.tests',
    });
  }
  noteViolation(body, notes);
  const collector = new CaseCollector(notes);
  const reader = new Tests(notes, collector);
  results.tests.forEach((test, i) => {
    reader.read(test, i);
  });
  const summary = fieldsOf(results.summary);
  const { startedAtMs, durationMs } = spanOf(summary, notes);
  const read = collector.finish({
    durationMs: durationMs ?? collector.totalMs(),
    startedAtMs: startedAtMs ?? reader.startedAtMs,
    hints: hintsOf(report, results),
    properties: propertiesOf(fieldsOf(results.environment)),
  });
  compareCounts(summary, read, notes);
  return read;
}

function noteViolation(body: unknown, notes: Notes): void {
  const issue = ctrfSchema.safeParse(body).error?.issues[0];
  if (issue === undefined) return;
  const path = issue.path.join('.');
  notes.add('ctrf_invalid', `the report breaks the CTRF schema at ${quoteInput(path)}`, path);
}

class Tests {
  readonly #notes: Notes;
  readonly #collector: CaseCollector;
  startedAtMs: number | null = null;

  constructor(notes: Notes, collector: CaseCollector) {
    this.#notes = notes;
    this.#collector = collector;
  }

  read(value: unknown, i: number): void {
    const test = fieldsOf(value);
    const path = `results.tests[${i}]`;
    const status = this.#status(test, path);
    if (this.#collector.isFull) this.#collector.drop(status);
    else this.#collector.add(this.#toCase(test, status, i), null);
  }

  #toCase(test: Fields, status: Status, i: number): Case {
    const file = short(test.filePath) || null;
    const startedAtMs = instantOf(test.start, this.#notes);
    if (startedAtMs !== null)
      this.startedAtMs = Math.min(this.startedAtMs ?? startedAtMs, startedAtMs);
    const failed = failedAttempt(test, status);
    const line = Number(test.line);
    return {
      suite: suiteOf(test.suite) || file || '',
      name: short(test.name) || `(unnamed #${i + 1})`,
      status,
      durationMs: this.#duration(test, `results.tests[${i}].duration`),
      attempts: attemptsOf(test),
      errorMessage: keepText(textOf(test.message) || textOf(failed?.message)),
      stack: keepText(textOf(test.trace) || textOf(failed?.trace)),
      file,
      line: Number.isInteger(line) && line > 0 && line <= limits.count.value ? line : null,
      className: null,
      id: tidyName(textOf(test.testId)).slice(0, limits.refLength.value) || null,
      startedAtMs,
    };
  }

  #status(test: Fields, path: string): Status {
    switch (test.status) {
      case 'passed':
        return isFlaky(test) ? 'flaky' : 'passed';
      case 'failed':
        return 'failed';
      case 'skipped':
      case 'pending':
        return 'skipped';
      case 'other':
        return this.#other(textOf(test.rawStatus), `${path}.rawStatus`);
    }
    const where = `${path}.status`;
    throw new AppError(
      'invalid_body',
      `${where} must be passed, failed, skipped, pending or other`,
      {
        path: where,
      },
    );
  }

  /** What the tool itself called it decides; where that says nothing, it counts as not executed. */
  #other(rawStatus: string, path: string): Status {
    if (troubleWords.test(rawStatus)) return 'failed';
    const message = `status other (${quoteInput(rawStatus)}) was read as skipped`;
    this.#notes.add('status_other', message, path);
    return 'skipped';
  }

  #duration(test: Fields, path: string): number | null {
    const { duration, start, stop } = test;
    if (duration == null) return typeof start === 'number' ? elapsed(start, stop) : null;
    const ms = typeof duration === 'number' ? Math.round(duration) : Number.NaN;
    if (ms >= 0 && ms <= limits.durationMs.value) return ms;
    this.#notes.add('time_unreadable', `${path} is no duration and was left out`, path);
    return null;
  }
}

const troubleWords = /fail|error|broken|time[d_ -]*out|crash|interrupt|abort|unexpected/i;

/** Passed after a failed attempt; or said to be so, or retried, where the attempts are not told. */
function isFlaky(test: Fields): boolean {
  const attempts = listOf(test.retryAttempts).map(fieldsOf);
  if (attempts.some(({ status }) => status === 'failed')) return true;
  if (test.flaky === true) return true;
  return attempts.length === 0 && Number(test.retries) > 0;
}

/** Retries come beside the first attempt. The list of attempts may or may not hold the last one. */
function attemptsOf(test: Fields): number {
  const attempts = listOf(test.retryAttempts).map(fieldsOf);
  const retries = Number(test.retries);
  const last = attempts.at(-1);
  const isListed = last === undefined || last.status === test.status;
  const listed = attempts.length + (isListed ? 0 : 1);
  const told = Number.isInteger(retries) && retries >= 0 ? retries + 1 : listed;
  return Math.min(limits.attempts.value, Math.max(1, told));
}

function failedAttempt(test: Fields, status: Status): Fields | undefined {
  if (status !== 'failed' && status !== 'flaky') return undefined;
  return listOf(test.retryAttempts)
    .map(fieldsOf)
    .find((attempt) => attempt.status === 'failed');
}

/** A list of suites from the outermost, or one text in which a reporter joined them already. */
function suiteOf(value: unknown): string {
  const names = Array.isArray(value) ? value.map(short) : [short(value)];
  return cutName(names.filter((name) => name !== '').join(' > '), limits.nameLength.value);
}

function spanOf(
  summary: Fields,
  notes: Notes,
): { startedAtMs: number | null; durationMs: number | null } {
  const startedAtMs = instantOf(summary.start, notes);
  const { duration, start, stop } = summary;
  const told = typeof duration === 'number' && duration >= 0 ? Math.round(duration) : null;
  return { startedAtMs, durationMs: told ?? elapsed(start, stop) };
}

/** Some reporters write seconds where the format wants ms; no run began before 1973. */
const isInSeconds = (value: number): boolean => value < 1e11;

function instantOf(value: unknown, notes: Notes): number | null {
  if (typeof value !== 'number' || !(value > 0) || value >= 1e14) return null;
  if (!isInSeconds(value)) return Math.round(value);
  notes.add('time_in_seconds', 'start is in seconds; CTRF wants milliseconds');
  return value < 6e8 ? null : Math.round(value * 1000);
}

function elapsed(start: unknown, stop: unknown): number | null {
  if (typeof start !== 'number' || typeof stop !== 'number' || !(start > 0)) return null;
  const ms = Math.round((stop - start) * (isInSeconds(start) ? 1000 : 1));
  return ms >= 0 && ms <= limits.durationMs.value ? ms : null;
}

function compareCounts(
  told: Fields,
  { summary, cases, casesDropped }: ReadCases,
  notes: Notes,
): void {
  const counted = cases.count + casesDropped;
  const isSame =
    isCount(told.tests, counted) &&
    isCount(told.failed, summary.failed) &&
    isCount(told.passed, summary.passed + summary.flaky, summary.passed);
  if (!isSame) {
    const message = `results.summary differs from the ${counted} tests listed, which were counted`;
    notes.add('counts_differ', message, 'results.summary');
  }
}

const isCount = (told: unknown, ...counted: number[]): boolean =>
  typeof told !== 'number' || counted.includes(told);

/** Only what the contract would accept: a report must not be refused for a field nobody sent. */
function hintsOf(report: Fields, results: Fields): Hints {
  const environment = fieldsOf(results.environment);
  const tool = fieldsOf(results.tool);
  const framework = textOf(tool.name)
    .trim()
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, 40);
  const generatedBy = tidyName(textOf(report.generatedBy)).slice(0, 100);
  const runUrl = textOf(environment.buildUrl).trim();
  const isLink = /^https?:\/\/\S+$/i.test(runUrl) && runUrl.length <= limits.urlLength.value;
  return {
    ...(framework !== '' && { framework }),
    ...ref('commit', environment.commit),
    ...ref('branch', environment.branchName),
    ...ref('runKey', report.runId),
    ...ref('environment', environment.testEnvironment),
    ...(isLink && { runUrl }),
    ...(generatedBy !== '' && { reporter: { name: generatedBy } }),
  };
}

function ref(field: 'commit' | 'branch' | 'runKey' | 'environment', value: unknown): Hints {
  const text = tidyName(textOf(value));
  const max = field === 'environment' ? limits.environmentLength.value : limits.refLength.value;
  return text === '' || text.length > max ? {} : { [field]: text };
}

function propertiesOf(environment: Fields): Map<string, string> {
  const texts = Object.entries(environment).filter(([, value]) => typeof value === 'string');
  return new Map(
    texts
      .slice(0, 64)
      .map(([name, value]) => [short(name), redactSecrets(tidyName(String(value).slice(0, 1000)))]),
  );
}

const fieldsOf = (value: unknown): Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const short = (value: unknown): string => cutName(tidyName(textOf(value)), limits.nameLength.value);
