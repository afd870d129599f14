import type { Notes } from '../../contract/test-run.ts';
import type { Status } from '../../domain/model.ts';
import { cutName, tidyName } from '../../domain/text.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { CaseCollector, type ReadCases } from '../case-collector.ts';
import { readTimestamp } from '../numbers.ts';
import { GoOutput } from './go-output.ts';
import { Lines } from './lines.ts';

/** One event of `go test -json` (cmd/test2json), as far as it is read. */
type Event = {
  Time?: unknown;
  Action?: unknown;
  Package?: unknown;
  Test?: unknown;
  Elapsed?: unknown;
  Output?: unknown;
  ImportPath?: unknown;
  FailedBuild?: unknown;
};

type Running = { output: GoOutput; startedAtMs: number | null };

type Package = {
  running: Map<string, Running>;
  /** root tests that passed: runners lose the end of some of their subtests */
  passed: Set<string>;
  output: GoOutput;
  hasFailedTest: boolean;
};

/** Verdict of a test that never told its end, by how its package ended. */
type Verdict = { name: string; status: Status; running: Running };

/** Output of running tests that is held at one time; what is beyond it is not kept. */
const heldOutput = limits.textsPerRun.value;
/** Running tests and packages that are held at one time. */
const maxHeld = 100_000;

/**
 * Reads a stream of `go test -json` events: package as suite, test with its subtests as name.
 * A package that fails without a failing test (build, init, TestMain) becomes a case of its own.
 * Memory is what runs at one time and the first 10,000 cases. docs/formats.md tells the rules.
 */
export class GoTestReader {
  readonly #notes: Notes;
  readonly #collector: CaseCollector;
  readonly #lines: Lines;
  readonly #packages = new Map<string, Package>();
  readonly #builds = new Map<string, GoOutput>();
  #heldLength = 0;
  #held = 0;
  #firstMs: number | null = null;
  #lastMs: number | null = null;
  #elapsedMs: number | null = null;
  #events = 0;
  /** what stood between the events, by the package of its last `# package` line */
  #between = '';

  constructor(notes: Notes) {
    this.#notes = notes;
    this.#collector = new CaseCollector(notes);
    this.#lines = new Lines((line) => this.#line(line));
  }

  write(bytes: Uint8Array): void {
    this.#lines.write(bytes);
  }

  end(): ReadCases {
    this.#lines.end();
    if (this.#events === 0) {
      throw new AppError('not_gotest', 'no line is an event of go test -json');
    }
    this.#dropUnfinished();
    const { startedAtMs, durationMs } = this.#span();
    return this.#collector.finish({
      durationMs,
      startedAtMs,
      hints: { framework: 'go' },
      properties: new Map(),
    });
  }

  #span(): { startedAtMs: number | null; durationMs: number | null } {
    const first = this.#firstMs;
    const last = this.#lastMs;
    const span = first === null || last === null || last === first ? null : last - first;
    return { startedAtMs: first, durationMs: span ?? this.#elapsedMs ?? this.#collector.totalMs() };
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    const event = parseEvent(line);
    if (event === null) this.#stray(line);
    else {
      this.#events++;
      this.#see(readTime(event.Time));
      this.#event(event, String(event.Action));
    }
  }

  /** Build errors and prints of other tools come between the events. */
  #stray(line: string): void {
    this.#notes.add('non_json_lines', 'lines that are no event of go test -json were skipped');
    const header = /^# (\S+)/.exec(line.slice(0, 1000));
    if (header !== null) this.#between = header[1]!;
    else if (this.#between !== '') this.#build(this.#between)?.add(`${line}\n`);
  }

  #see(ms: number | null): void {
    if (ms === null) return;
    this.#firstMs = this.#firstMs === null ? ms : Math.min(this.#firstMs, ms);
    this.#lastMs = this.#lastMs === null ? ms : Math.max(this.#lastMs, ms);
  }

  #event(event: Event, action: string): void {
    const name = textOf(event.Package);
    const test = textOf(event.Test);
    const output = textOf(event.Output);
    if (action === 'build-output') this.#build(textOf(event.ImportPath))?.add(output);
    else if (action === 'build-fail') this.#build(textOf(event.ImportPath));
    else if (action === 'run' && test !== '') this.#run(name, test, readTime(event.Time));
    else if (action === 'output') this.#output(name, test, output);
    else if (action === 'pass' || action === 'fail' || action === 'skip' || action === 'bench') {
      const status = statusOf[action];
      if (test === '') this.#endPackage(name, status, event);
      else this.#endTest(name, test, status, readElapsed(event.Elapsed));
    }
  }

  #package(name: string): Package {
    const known = this.#packages.get(name);
    if (known !== undefined) return known;
    this.#hold();
    const fresh: Package = {
      running: new Map(),
      passed: new Set(),
      output: new GoOutput(),
      hasFailedTest: false,
    };
    this.#packages.set(name, fresh);
    return fresh;
  }

  #run(name: string, test: string, startedAtMs: number | null): void {
    const { running } = this.#package(name);
    if (!running.has(test)) this.#hold();
    running.set(test, { output: new GoOutput(), startedAtMs });
  }

  #hold(): void {
    if (++this.#held <= maxHeld) return;
    throw new AppError('too_many_tokens', `more than ${maxHeld} tests run at one time`);
  }

  #build(importPath: string): GoOutput | null {
    const path = packageOf(importPath);
    const known = this.#builds.get(path);
    if (known !== undefined || this.#builds.size >= 1000) return known ?? null;
    const fresh = new GoOutput();
    this.#builds.set(path, fresh);
    return fresh;
  }

  #output(name: string, test: string, piece: string): void {
    if (this.#heldLength >= heldOutput) return;
    const of = this.#package(name);
    const output = test === '' ? of.output : of.running.get(test)?.output;
    this.#heldLength += output?.add(piece) ?? 0;
  }

  #endTest(name: string, test: string, status: Status, durationMs: number | null): void {
    const of = this.#package(name);
    const running = of.running.get(test) ?? { output: new GoOutput(), startedAtMs: null };
    if (of.running.delete(test)) this.#held--;
    this.#heldLength -= running.output.length;
    if (status === 'failed') of.hasFailedTest = true;
    const isRoot = !test.includes('/');
    if (status === 'passed' && isRoot && of.passed.size < maxHeld) of.passed.add(test);
    this.#collect(name, test, status, durationMs, running);
  }

  #collect(
    suite: string,
    name: string,
    status: Status,
    durationMs: number | null,
    { output, startedAtMs }: Running,
  ): void {
    const key = `${suite}\0${name}`;
    if (this.#collector.isFull && !this.#collector.hasAttemptOf(key)) {
      this.#collector.drop(status);
      return;
    }
    const silent = { errorMessage: null, stack: null };
    const item = {
      suite: short(suite),
      name: short(name) || '(unnamed)',
      status,
      durationMs,
      attempts: 1,
      ...(status === 'passed' ? silent : output.texts()),
      file: null,
      line: null,
      className: null,
      id: null,
      startedAtMs,
    };
    this.#collector.add(item, { key });
  }

  #endPackage(name: string, status: Status, event: Event): void {
    const of = this.#package(name);
    const elapsed = readElapsed(event.Elapsed);
    if (elapsed !== null) this.#elapsedMs = (this.#elapsedMs ?? 0) + elapsed;
    for (const lost of lostTests(of, status)) {
      if (lost.status === 'failed') of.hasFailedTest = true;
      this.#collect(name, lost.name, lost.status, null, lost.running);
    }
    if (status === 'failed' && !of.hasFailedTest) this.#failPackage(name, of, event);
    this.#forget(name, of);
  }

  /** Nothing in the package failed but the package: its build, an init, TestMain, a race, an exit. */
  #failPackage(name: string, of: Package, event: Event): void {
    const failedBuild = packageOf(textOf(event.FailedBuild));
    const build = this.#builds.get(failedBuild) ?? this.#builds.get(name);
    const isBuild = failedBuild !== '' || build !== undefined;
    const output = build !== undefined && build.length > 0 ? build : of.output;
    const running = { output, startedAtMs: null };
    this.#collect(name, isBuild ? '(build)' : '(package)', 'failed', null, running);
  }

  #forget(name: string, of: Package): void {
    for (const { output } of of.running.values()) this.#heldLength -= output.length;
    this.#heldLength -= of.output.length;
    this.#held -= of.running.size + 1;
    this.#packages.delete(name);
  }

  /** Tests without an end in packages without an end have no result: the stream was cut off. */
  #dropUnfinished(): void {
    let unfinished = 0;
    for (const { running } of this.#packages.values()) unfinished += running.size;
    if (this.#packages.size === 0) return;
    const tests = unfinished === 1 ? '1 test was' : `${unfinished} tests were`;
    this.#notes.add('partial_file', `the stream ends too early; ${tests} still running`);
  }
}

const statusOf = { pass: 'passed', fail: 'failed', skip: 'skipped', bench: 'passed' } as const;

/**
 * Tests whose end was never told, once their package has ended: benchmarks share its fate;
 * subtests of a passed test are left out, as nothing is known against them; any other failed,
 * since a test that was begun and not ended took its process down.
 */
function lostTests(of: Package, status: Status): Verdict[] {
  return [...of.running].flatMap(([name, running]): Verdict[] => {
    const root = name.split('/', 1)[0]!;
    if (root.startsWith('Benchmark')) return [{ name, status, running }];
    return name !== root && of.passed.has(root) ? [] : [{ name, status: 'failed', running }];
  });
}

function parseEvent(line: string): Event | null {
  if (!line.trimStart().startsWith('{')) return null;
  try {
    const event = JSON.parse(line) as Event | null;
    return typeof event?.Action === 'string' ? event : null;
  } catch {
    return null;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const short = (text: string): string => cutName(tidyName(text), limits.nameLength.value);

const readTime = (value: unknown): number | null =>
  typeof value === 'string' ? readTimestamp(value) : null;

function readElapsed(value: unknown): number | null {
  if (typeof value !== 'number') return null;
  const ms = Math.round(value * 1000);
  return ms >= 0 && ms <= limits.durationMs.value ? ms : null;
}

/** `pkg [pkg.test]` and `pkg.test` are builds of `pkg`. */
const packageOf = (importPath: string): string =>
  importPath.split(' ', 1)[0]!.replace(/(?:_test)?\.test$|_test$/, '');
