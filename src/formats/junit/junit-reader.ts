import type { Notes } from '../../contract/test-run.ts';
import type { Case, Status } from '../../domain/model.ts';
import { redactSecrets } from '../../domain/redact.ts';
import { cutName, tidyName } from '../../domain/text.ts';
import { AppError, quoteInput } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { CaseCollector, type ReadCases } from '../case-collector.ts';
import { readSeconds, readTimestamp } from '../numbers.ts';
import { chooseDecoding, type Decoding } from './decode.ts';
import {
  repetitionOf,
  runnerOfProperty,
  runnerOfReport,
  runnerOfSuite,
  withoutStressMark,
} from './dialects.ts';
import { maxResultsRead, Result, resultKinds, textsOf } from './results.ts';
import { refuseOtherFormats } from './sniff.ts';
import { type Attributes, XmlScanner } from './xml-scanner.ts';

const blockLength = 64 * 1024;

/**
 * Reads one JUnit XML report as it streams in, in memory that does not grow with it: only the
 * first 10,000 cases stay, their texts cut while they are read. docs/formats.md tells the rules.
 * Throws the 400 or 415 to answer, from `write` or from `end`.
 */
export class JunitReader {
  readonly #notes: Notes;
  readonly #report: Report;
  readonly #scanner: XmlScanner;
  /** gathers what is written into pieces of one size, so that tiny writes cost no more */
  readonly #block: Uint8Array;
  #filled = 0;
  #decoding: Decoding | null = null;

  constructor(notes: Notes, pieceLength = blockLength) {
    this.#notes = notes;
    this.#block = new Uint8Array(pieceLength);
    this.#report = new Report(notes);
    this.#scanner = new XmlScanner(this.#report, notes);
  }

  write(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === this.#block.length) this.#flush();
    }
  }

  end(): ReadCases {
    this.#flush();
    if (this.#decoding !== null) this.#scan(this.#decoding.end());
    const isWhole = this.#scanner.end();
    return this.#report.finish(isWhole);
  }

  #flush(): void {
    const bytes = this.#block.subarray(0, this.#filled);
    this.#filled = 0;
    if (bytes.length === 0) return;
    if (this.#decoding === null) {
      refuseOtherFormats(bytes);
      this.#decoding = chooseDecoding(bytes, this.#notes);
    }
    this.#scan(this.#decoding.write(bytes));
  }

  #scan(text: string): void {
    if (text !== '') this.#scanner.write(text);
  }
}

/** What an open element is, seen from its place. */
type Kind = 'suites' | 'suite' | 'case' | 'result' | 'stack' | 'properties' | 'property' | 'other';

type Suite = {
  path: string;
  /** whether it is `<testsuites>`, whose name is no part of a path */
  isReport: boolean;
  file: string | null;
  runner: string | null;
  /** as told by its attributes; null where it does not say, or says nothing sensible */
  durationMs: number | null;
  tests: number | null;
  failures: number | null;
  /** cases below it so far, sub-suites included; and those that are its own */
  counted: number;
  own: number;
  failed: number;
  ownFailed: number;
  results: number;
  /** sum over the cases and suites inside; null while none told */
  sumMs: number | null;
  unnamed: number;
};

type OpenCase = {
  name: string;
  className: string | null;
  file: string | null;
  ownFile: string | null;
  line: number | null;
  durationMs: number | null;
  startedAtMs: number | null;
  status: string;
  results: Result[];
  /** how many of each kind, read or not */
  counts: { failed: number; skipped: number; flaky: number; rerun: number };
  failureFile: string | null;
  failureLine: number | null;
  /** false: beyond the limit, and no attempt of a kept case */
  isRead: boolean;
};

const notExecuted = /^(?:disabled|ignored|notrun|not_run|suppressed)$/;
const skippedWords = /^(?:skipped|skip|pending|todo|inconclusive)$/;
const failedWords = /^(?:failed|fail|failure|error|errored|broken)$/;

/** Turns the elements of the report into cases. */
class Report {
  readonly #notes: Notes;
  readonly #collector: CaseCollector;
  readonly #kinds: Kind[] = [];
  readonly #suites: Suite[] = [];
  readonly #properties = new Map<string, string>();
  #case: OpenCase | null = null;
  #result: Result | null = null;
  #property: { name: string; value: string } | null = null;
  #framework: string | null = null;
  #startedAtMs: number | null = null;
  #caseStartedAtMs: number | null = null;
  #sumMs: number | null = null;
  #hasRoot = false;
  wantsText = false;

  constructor(notes: Notes) {
    this.#notes = notes;
    this.#collector = new CaseCollector(notes);
  }

  open(name: string, attributes: Attributes): void {
    const kind = this.#kindOf(name);
    this.#kinds.push(kind);
    if (kind === 'suites' || kind === 'suite') this.#openSuite(kind === 'suites', attributes);
    else if (kind === 'case') this.#case = this.#openCase(attributes);
    else if (kind === 'result') this.#openResult(name, attributes);
    else if (kind === 'property') this.#openProperty(attributes);
    this.wantsText = this.#isRead(kind);
  }

  close(): void {
    const kind = this.#kinds.pop();
    if (kind === 'suites' || kind === 'suite') this.#closeSuite(true);
    else if (kind === 'case') this.#closeCase();
    else if (kind === 'result') this.#result = null;
    else if (kind === 'property') this.#closeProperty();
    const parent = this.#kinds.at(-1);
    this.wantsText = parent !== undefined && this.#isRead(parent);
  }

  text(piece: string): void {
    if (this.#property !== null)
      this.#property.value = `${this.#property.value}${piece}`.slice(0, 1000);
    else this.#result?.addText(piece);
  }

  finish(isWhole: boolean): ReadCases {
    if (!this.#hasRoot) throw notJunit('it has no <testsuites> or <testsuite>');
    if (!isWhole) {
      this.#notes.add('partial_file', 'the report ends too early; its closed cases were kept');
      while (this.#suites.length > 0) this.#closeSuite(false);
    }
    return this.#collector.finish({
      durationMs: this.#sumMs,
      startedAtMs: this.#startedAtMs ?? this.#caseStartedAtMs,
      hints: this.#framework === null ? {} : { framework: this.#framework },
      properties: this.#properties,
    });
  }

  /** What an element means follows from what it stands in; markup inside of texts means nothing. */
  #kindOf(name: string): Kind {
    switch (this.#kinds.at(-1)) {
      case undefined:
        return this.#rootKind(name);
      case 'suites':
      case 'suite':
        if (name === 'testcase') return 'case';
        if (name === 'testsuite') return 'suite';
        if (name === 'testsuites') return 'suites';
        return name === 'properties' ? 'properties' : 'other';
      case 'case':
        return resultKinds.has(name) ? 'result' : 'other';
      case 'result':
        return name === 'stackTrace' ? 'stack' : 'other';
      case 'properties':
        return name === 'property' ? 'property' : 'other';
      default:
        return 'other';
    }
  }

  #rootKind(name: string): Kind {
    const kind = name === 'testsuites' ? 'suites' : name === 'testsuite' ? 'suite' : 'other';
    if (kind === 'other' && !this.#hasRoot) throw notJunit(`its root is ${quoteInput(name)}`);
    if (this.#hasRoot) this.#notes.add('several_roots', 'the report holds more than one document');
    this.#hasRoot = true;
    return kind;
  }

  #isRead(kind: Kind): boolean {
    return (
      kind === 'property' || ((kind === 'result' || kind === 'stack') && this.#result !== null)
    );
  }

  #openSuite(isReport: boolean, attributes: Attributes): void {
    const parent = this.#suites.at(-1);
    const name = tidyName(attributes.get('name') ?? '');
    const runner = isReport ? runnerOfReport(name) : runnerOfSuite(name);
    const isNamed = !isReport && runner === null && name !== '';
    this.#framework ??= runner;
    this.#suites.push({
      path: isNamed ? join(parent?.path ?? '', withoutStressMark(name)) : (parent?.path ?? ''),
      isReport,
      file: fileOf(attributes) ?? parent?.file ?? null,
      runner: runner ?? parent?.runner ?? null,
      durationMs: this.#seconds(attributes.get('time'), 'a suite'),
      tests: countOf(attributes.get('tests')),
      failures: failuresOf(attributes),
      counted: 0,
      own: 0,
      failed: 0,
      ownFailed: 0,
      results: 0,
      sumMs: null,
      unnamed: 0,
    });
    const startedAtMs = this.#timestamp(attributes.get('timestamp'));
    if (startedAtMs !== null) this.#startedAtMs = earlier(this.#startedAtMs, startedAtMs);
  }

  #closeSuite(isWhole: boolean): void {
    const suite = this.#suites.pop()!;
    if (isWhole) this.#compareCounts(suite);
    const durationMs = suite.durationMs || suite.sumMs || (suite.durationMs ?? suite.sumMs);
    const parent = this.#suites.at(-1);
    if (parent === undefined) {
      this.#sumMs = plus(this.#sumMs, durationMs);
      return;
    }
    parent.counted += suite.counted;
    parent.failed += suite.failed;
    parent.results += suite.results;
    parent.sumMs = plus(parent.sumMs, durationMs);
  }

  /** Suites count with or without those inside them; several failures as one or as several. */
  #compareCounts(suite: Suite): void {
    const { tests, failures, counted, own, failed, ownFailed, results } = suite;
    const isOfTests = tests === null || tests === counted || tests === own;
    const isOfFailures =
      failures === null || failures === failed || failures === ownFailed || failures === results;
    if (isOfTests && isOfFailures) return;
    const told = isOfTests
      ? `${failures} failures, ${failed} were`
      : `${tests} tests, ${counted} were`;
    const where = suite.path === '' ? 'the report' : quoteInput(suite.path);
    this.#notes.add('counts_differ', `${where} tells ${told} counted`);
  }

  #openCase(attributes: Attributes): OpenCase {
    const suite = this.#suites.at(-1)!;
    const status = attributes.get('status') ?? '';
    const result = attributes.get('result') ?? '';
    const line = countOf(attributes.get('line') ?? attributes.get('lineno'));
    const mayRepeat = line !== null || suite.runner !== null;
    const isRead = !this.#collector.isFull || mayRepeat;
    const ownFile = isRead ? fileOf(attributes) : null;
    const name = isRead ? short(attributes.get('name') ?? '') : '';
    return {
      name: name === '' ? `(unnamed #${++suite.unnamed})` : name,
      className: (isRead && short(attributes.get('classname') ?? '')) || null,
      file: ownFile ?? suite.file,
      ownFile,
      line,
      durationMs: this.#seconds(attributes.get('time'), 'a case'),
      startedAtMs: isRead ? this.#timestamp(attributes.get('timestamp')) : null,
      status: (notExecuted.test(result.toLowerCase()) ? result : status || result).toLowerCase(),
      results: [],
      counts: { failed: 0, skipped: 0, flaky: 0, rerun: 0 },
      failureFile: null,
      failureLine: null,
      isRead,
    };
  }

  #openResult(name: string, attributes: Attributes): void {
    const open = this.#case!;
    const kind = resultKinds.get(name)!;
    open.counts[kind]++;
    if (!open.isRead || open.results.length >= maxResultsRead) return;
    const message = attributes.get('message') ?? '';
    this.#result = new Result(kind, message, attributes.get('type') ?? '');
    open.results.push(this.#result);
    if (kind === 'skipped') return;
    open.failureFile ??= fileOf(attributes);
    open.failureLine ??= countOf(attributes.get('line') ?? attributes.get('lineno'));
  }

  #closeCase(): void {
    const open = this.#case!;
    this.#case = null;
    this.#result = null;
    const suite = this.#suites.at(-1)!;
    const status = statusOf(open);
    suite.counted++;
    suite.own++;
    suite.results += open.counts.failed;
    if (status === 'failed') {
      suite.failed++;
      suite.ownFailed++;
    }
    suite.sumMs = plus(suite.sumMs, open.durationMs);
    if (!open.isRead) this.#collector.drop(status);
    else this.#collect(this.#toCase(open, suite, status), open, suite.runner);
  }

  #toCase(open: OpenCase, suite: Suite, status: Status): Case {
    const { className, name, durationMs, counts, startedAtMs } = open;
    const file = open.ownFile ?? open.failureFile ?? open.file;
    if (startedAtMs !== null) this.#caseStartedAtMs = earlier(this.#caseStartedAtMs, startedAtMs);
    return {
      suite: suite.path || className || file || '',
      name,
      status,
      durationMs,
      attempts: Math.min(limits.attempts.value, 1 + counts.flaky + counts.rerun),
      ...textsOf(telling(open.results, status)),
      file,
      line: open.line ?? open.failureLine,
      className,
      id: null,
      startedAtMs,
    };
  }

  #collect(item: Case, open: OpenCase, runner: string | null): void {
    const { suite, className, name, errorMessage } = item;
    const { ownFile: file, line } = open;
    const at = { runner, suite, className, name, file, line, errorMessage };
    this.#collector.add(item, repetitionOf(at));
  }

  #openProperty(attributes: Attributes): void {
    const name = short(attributes.get('name') ?? '');
    const runner = runnerOfProperty(name);
    const suite = this.#suites.at(-1)!;
    if (runner !== null) {
      suite.runner ??= runner;
      this.#framework ??= runner;
    }
    this.#property = { name, value: (attributes.get('value') ?? '').slice(0, 1000) };
  }

  #closeProperty(): void {
    const property = this.#property;
    this.#property = null;
    if (property === null || property.name === '' || this.#properties.size >= 64) return;
    const value = redactSecrets(`${property.name}=${tidyName(property.value)}`);
    if (this.#properties.has(property.name)) return;
    this.#properties.set(property.name, value.slice(property.name.length + 1));
  }

  #seconds(text: string | null, of: string): number | null {
    if (text === null) return null;
    const ms = readSeconds(text);
    if (ms === null) {
      const shown = quoteInput(text.slice(0, 100));
      this.#notes.add('time_unreadable', `time ${shown} of ${of} is no duration and was left out`);
    }
    return ms;
  }

  #timestamp(text: string | null): number | null {
    if (text === null || text === '') return null;
    const ms = readTimestamp(text);
    if (ms === null) {
      const shown = quoteInput(text.slice(0, 100));
      this.#notes.add('timestamp_unreadable', `timestamp ${shown} was not understood`);
    }
    return ms;
  }
}

const notJunit = (why: string): AppError =>
  new AppError('not_junit', `this is no JUnit XML report: ${why}`);

/** Failure and error go before skipped, but not where the runner says that it ran nothing. */
function statusOf({ status, counts }: OpenCase): Status {
  if (notExecuted.test(status)) return 'skipped';
  if (counts.failed > 0 || failedWords.test(status)) return 'failed';
  if (counts.skipped > 0 || skippedWords.test(status)) return 'skipped';
  if (counts.rerun > 0) return 'failed';
  return counts.flaky > 0 ? 'flaky' : 'passed';
}

/** The results whose texts explain the outcome; the others are earlier attempts. */
function telling(results: readonly Result[], status: Status): readonly Result[] {
  if (status === 'passed') return [];
  const failed = results.filter(({ kind }) => kind === 'failed');
  if (failed.length > 0) return failed;
  return results.filter(({ kind }) => (kind === 'skipped') === (status === 'skipped'));
}

const short = (text: string): string => cutName(tidyName(text), limits.nameLength.value);

/** Paths are texts: nothing is ever opened. Slashes lean one way, so that owners can be found. */
function fileOf(attributes: Attributes): string | null {
  const told = attributes.get('file') ?? attributes.get('filepath') ?? attributes.get('filename');
  if (told === null) return null;
  const path = short(told)
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+/, '');
  return path === '' ? null : path;
}

function countOf(text: string | null): number | null {
  if (text === null || !/^\s*\d{1,9}\s*$/.test(text)) return null;
  return Number(text);
}

function failuresOf(attributes: Attributes): number | null {
  const failures = countOf(attributes.get('failures'));
  const errors = countOf(attributes.get('errors'));
  return failures === null && errors === null ? null : (failures ?? 0) + (errors ?? 0);
}

const join = (path: string, name: string): string =>
  cutName(path === '' ? name : `${path} > ${name}`, limits.nameLength.value);

const earlier = (a: number | null, b: number): number => (a === null ? b : Math.min(a, b));

const plus = (sum: number | null, ms: number | null): number | null =>
  ms === null ? sum : (sum ?? 0) + ms;
