import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createKey, type KeyRequest } from '../../src/actions/keys.ts';
import type { AppOptions } from '../../src/app.ts';
import type { Setting } from '../../src/config.ts';
import { openLog } from '../../src/log.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { MovableClock } from '../helpers/movable-clock.ts';
import { AnswerCheck, type Document } from '../helpers/openapi-answers.ts';
import { openRaw, type RawAnswer, type RawTalk, request, talk } from '../helpers/raw-http.ts';

type Options = {
  settings?: Partial<Record<Setting, string>>;
  app?: Partial<AppOptions>;
  /** opened on this folder before */
  appliance?: { folder: string; key: string };
  clock?: MovableClock;
};

export const postPath = '/api/v1/test-runs';

/**
 * A real appliance with the promised limits, and a client that speaks raw TCP to it. Every answer
 * is held against the OpenAPI document and remembered; `verify` says whether all was as it must be
 * after any input.
 */
export class Bench {
  readonly clock: MovableClock;
  readonly appliance: Appliance;
  readonly check: AnswerCheck;
  readonly log: string[];
  /** the clock moves so far before each request, so that no limit comes into play by chance */
  paceMs = 3000;
  readonly #accepted = new Map<string, number>();
  readonly #answers: RawAnswer[] = [];
  #runs = 0;

  private constructor(
    appliance: Appliance,
    clock: MovableClock,
    log: string[],
    check: AnswerCheck,
  ) {
    this.appliance = appliance;
    this.clock = clock;
    this.log = log;
    this.check = check;
  }

  static async open({ settings, app, appliance: known, ...given }: Options = {}): Promise<Bench> {
    const clock = given.clock ?? new MovableClock({ isRunning: true });
    const log: string[] = [];
    const appliance = await openAppliance({
      settings: { rateLimit: '60/60s', ...settings },
      app: { clock, log: openLog((line) => log.push(line), clock.now.bind(clock)), ...app },
      ...known,
    });
    const answer = await fetch(`${appliance.url}/api/v1/openapi.json`);
    const check = new AnswerCheck((await answer.json()) as Document);
    return new Bench(appliance, clock, log, check);
  }

  get url(): string {
    return this.appliance.url;
  }

  get key(): string {
    return this.appliance.key;
  }

  /** Headers that a reporter sends; others on top, `undefined` takes one away. */
  headers(more: Record<string, string | undefined> = {}): Record<string, string> {
    const all = { 'X-API-Key': this.key, 'Content-Type': 'application/json', ...more };
    return Object.fromEntries(
      Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
  }

  /** Bytes on a connection of their own; all answers that come. */
  async talk(
    bytes: string | Uint8Array,
    options: { expect?: number; fin?: boolean } = {},
  ): Promise<RawTalk> {
    this.clock.advance(this.paceMs);
    const heard = await talk(this.url, bytes, options);
    for (const answer of heard.answers) this.note(answer, bytes);
    return heard;
  }

  /** The one answer to one request. */
  async raw(bytes: string | Uint8Array, options?: { fin?: boolean }): Promise<RawAnswer> {
    const { answers } = await this.talk(bytes, options);
    assert.equal(answers.length, 1, 'one answer');
    return answers[0]!;
  }

  /** Posts a run: an object as JSON, text and bytes as they are. */
  post(body: unknown, more: Record<string, string | undefined> = {}): Promise<RawAnswer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const bytes = isRaw ? body : JSON.stringify(body);
    return this.raw(request('POST', postPath, this.headers(more), bytes));
  }

  get(path: string, key: string = this.key): Promise<RawAnswer> {
    return this.raw(request('GET', path, { 'X-API-Key': key }));
  }

  connect() {
    this.clock.advance(this.paceMs);
    return openRaw(this.url);
  }

  async makeKey(facts: Partial<KeyRequest> = {}): Promise<string> {
    const context = { store: this.appliance.store, clock: this.clock, authenticator: null };
    return (await createKey(context, { name: 'k', ...facts })).secret;
  }

  /** A run that nothing is wrong with, and that belongs to no other. */
  run(more: object = {}): Record<string, unknown> {
    const summary = { total: 1, passed: 1, failed: 0 };
    return { repo: 'acme/web', runKey: `run-${this.#runs++}`, summary, ...more };
  }

  /** A run with one case. */
  oneCase(more: object = {}): Record<string, unknown> {
    return this.run({ cases: [{ suite: 's', name: 'n', status: 'passed', ...more }] });
  }

  /** The first cases of a stored run, as the API shows them. */
  async casesOf(answer: RawAnswer): Promise<Record<string, unknown>[]> {
    const { id } = accepted(answer);
    const page = await this.get(`${postPath}/${id}/cases?limit=200`);
    return (JSON.parse(page.body) as { items: Record<string, unknown>[] }).items;
  }

  async runOf(answer: RawAnswer): Promise<Record<string, unknown>> {
    const found = await this.get(`${postPath}/${accepted(answer).id}`);
    return JSON.parse(found.body) as Record<string, unknown>;
  }

  /** Looks at an answer as every answer must be. */
  note(answer: RawAnswer, bytes: string | Uint8Array): void {
    const { status, headers, body } = answer;
    const firstLine = Buffer.from(bytes.slice(0, 2000)).toString('latin1').split('\r\n', 1)[0]!;
    const [, method = null, target = null] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(firstLine) ?? [];
    this.#answers.push(answer);
    this.check.check({ method, target, status, headers, body });
    checkHeaders(answer);
    if (status !== 202) return;
    const { id, casesStored } = JSON.parse(body) as { id: string; casesStored: number };
    this.#accepted.set(id, casesStored);
  }

  /** After any input: it lives, it never was at fault, and exactly what was accepted is stored. */
  async verify(): Promise<void> {
    await this.verifyAlive();
    const cases = [...this.#accepted.values()].reduce((sum, n) => sum + n, 0);
    assert.deepEqual(countStored(this.appliance.folder), {
      uploads: this.#accepted.size,
      cases,
      uploadsWithoutCases: [...this.#accepted.values()].filter((n) => n === 0).length,
      blocksMissing: 0,
      runsWithoutUpload: 0,
      reposWithoutRun: 0,
    });
  }

  /** The part of it that holds although answers were not heard. */
  async verifyAlive(): Promise<void> {
    const alive = await this.raw(request('GET', '/healthz'));
    assert.equal(alive.status, 200);
    const faults = this.#answers.splice(0).filter(({ status }) => status >= 500);
    assert.deepEqual(faults, [], 'no answer blames us');
    const errors = this.log.splice(0).filter((line) => line.includes('"level":"error"'));
    assert.deepEqual(errors, []);
  }

  close(keep = false): Promise<void> {
    return this.appliance.close(keep);
  }
}

function countStored(folder: string): object {
  const db = new Database(join(folder, 'qualitypilot.db'), { readonly: true });
  try {
    return db
      .prepare(
        `SELECT count(*) AS uploads,
                coalesce(sum(cases_stored), 0) AS cases,
                count(*) FILTER (WHERE cases_stored = 0) AS uploadsWithoutCases,
                count(*) FILTER (WHERE cases_stored > 0 AND seq NOT IN (SELECT upload_seq FROM blocks))
                  AS blocksMissing,
                (SELECT count(*) FROM runs WHERE seq NOT IN (SELECT run_seq FROM uploads))
                  AS runsWithoutUpload,
                (SELECT count(*) FROM repos WHERE id NOT IN (SELECT repo_id FROM runs))
                  AS reposWithoutRun
         FROM uploads`,
      )
      .get() as object;
  } finally {
    db.close();
  }
}

function checkHeaders({ status, headers, body }: RawAnswer): void {
  assert.match(headers['content-security-policy'] ?? '', /^default-src 'none'; /);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.ok(headers['cross-origin-resource-policy']);
  assert.ok(headers['cache-control']);
  assert.equal(headers['x-powered-by'], undefined);
  if (status === 429 || status === 503) {
    assert.match(headers['retry-after'] ?? '', /^[1-9]\d*$/);
    assert.equal(headers['cache-control'], 'no-store');
  }
  if (status >= 400) {
    assert.doesNotMatch(body, /\bat \S+:\d+|node_modules|\/src\//, 'no stack is told');
    assert.ok(body.length < 700, `a short error: ${body}`);
  }
}

/** The answer is this refusal; the error for more. */
export function refused(answer: RawAnswer, status: number, code: string, path?: string): string {
  const { error } = JSON.parse(answer.body) as {
    error: { code: string; message: string; path?: string };
  };
  assert.deepEqual([answer.status, error.code], [status, code], error.message);
  if (path !== undefined) assert.equal(error.path, path, error.message);
  return error.message;
}

export type Accepted = {
  id: string;
  casesStored: number;
  casesDropped: number;
  warnings: { code: string; message: string; path?: string }[];
};

/** The answer is a 202; what it says. */
export function accepted(answer: RawAnswer): Accepted {
  assert.equal(answer.status, 202, answer.body);
  return JSON.parse(answer.body) as Accepted;
}

/** One line of the table of bad inputs. */
export type Row = { number: number; input: string; expected: string } & (
  | { test: (bench: Bench) => Promise<void> }
  /** the part of the product that answers it, whose own tests prove it */
  | { owner: string }
);
