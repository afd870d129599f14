import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { tidyName } from '../../src/domain/text.ts';
import { Bench, postPath } from '../bad-inputs/bench.ts';
import { size } from '../crash/size.ts';
import { request, talk } from '../helpers/raw-http.ts';

const atOnce = 20;
const batches = size(100, 500);

/** JSON as text: numbers and keys that no JavaScript value prints as must be possible too. */
type Text = string;

const json = (value: unknown): Text => JSON.stringify(value) ?? 'null';

const oddTexts = [
  '',
  ' ',
  '\0',
  '\u202e',
  '\ud800',
  '\udfff\ud800',
  'é'.normalize('NFD'),
  '👩‍👩‍👧',
  '../..',
  '%00',
  '<script>',
  "'; DROP TABLE runs; --",
  'x'.repeat(3000),
  '\u0000'.repeat(50),
  'ﷺ'.repeat(400),
];
const oddNumbers = [
  '-0',
  '-1',
  '0.5',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '1'.repeat(400),
];
const oddTimes = [
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  '1e3',
  'now',
];
const oddRest = [
  'null',
  'true',
  '[]',
  '{}',
  '[null]',
  '{"__proto__":{"x":1}}',
  '{"constructor":1}',
  '{"a":1,"a":2}',
  'NaN',
  '01',
  '"\\x"',
  '"\\ud800"',
  '[1,]',
  '[[[[[[]]]]]]',
  '['.repeat(80),
];

const odd: fc.Arbitrary<Text> = fc.oneof(
  fc.constantFrom(...oddTexts, ...oddTimes).map(json),
  fc.constantFrom(...oddNumbers, ...oddRest),
  fc.string({ unit: 'binary', maxLength: 40 }).map(json),
  fc.double().map(json),
  fc.jsonValue({ maxDepth: 3 }).map(json),
);

const word = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,12}$/);
const text = fc.oneof(word, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }));
/** A name of nothing but white space is none, which is a fault of its own. */
const named = text.filter((drawn) => tidyName(drawn) !== '');
const count = fc.nat({ max: 20_000 });
const instant = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

const oneCase = fc.record(
  {
    suite: text,
    name: named,
    status: fc.constantFrom('passed', 'failed', 'skipped', 'flaky'),
    durationMs: fc.oneof(count, fc.double({ min: 0, max: 1e6, noNaN: true })),
    errorMessage: text,
    attempts: fc.integer({ min: 0, max: 20 }),
    id: text,
    file: text,
    line: count,
    className: text,
    stack: text,
    startedAt: instant,
  },
  { requiredKeys: ['name', 'status'] },
);

/** A run as the schema has it. */
const run = fc.record(
  {
    repo: fc.tuple(word, word).map((parts) => parts.join('/')),
    commit: text,
    branch: text,
    framework: word,
    ciProvider: word,
    runKey: text,
    runAttempt: fc.integer({ min: 1, max: 5 }),
    shard: fc.integer({ min: 1, max: 9 }).map((index) => ({ index, total: 9 })),
    job: text,
    environment: text,
    startedAt: instant,
    commitTime: instant,
    parents: fc.array(text, { maxLength: 3 }),
    baseCommit: text,
    baseBranch: text,
    pullRequest: fc.oneof(text, count),
    runUrl: fc.webUrl(),
    reporter: fc.record({ name: word, version: word }),
    tags: fc.array(text, { maxLength: 3 }),
    summary: fc.record(
      {
        total: count,
        passed: count,
        failed: count,
        skipped: count,
        flaky: count,
        durationMs: count,
      },
      { requiredKeys: ['total', 'passed', 'failed'] },
    ),
    cases: fc.array(oneCase, { maxLength: 6 }),
  },
  { requiredKeys: ['repo', 'summary'] },
);

type Fault = { at: number; how: 'replace' | 'remove' | 'twice' | 'rename'; odd: Text };

const fault: fc.Arbitrary<Fault> = fc.record({
  at: fc.nat({ max: 999 }),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'twice', 'rename'),
  odd,
});

/** The run as JSON text in which the member or item at a place is not as it should be. */
function withFault(value: unknown, { at, how, odd }: Fault): Text {
  const places = countPlaces(value);
  let left = places === 0 ? -1 : at % places;
  const print = (value: unknown): Text => {
    if (value === null || typeof value !== 'object') return json(value);
    const isList = Array.isArray(value);
    const parts = Object.entries(value).flatMap(([key, item]) => {
      const isHere = left-- === 0;
      const name = (shown: Text) => (isList ? '' : `${shown}:`);
      const whole = name(json(key)) + (isHere && how === 'replace' ? odd : print(item));
      if (!isHere || how === 'replace') return [whole];
      if (how === 'remove') return [];
      if (how === 'twice') return [whole, name(json(key)) + odd];
      return [name(odd.startsWith('"') ? odd : json(odd)) + print(item)];
    });
    return isList ? `[${parts.join()}]` : `{${parts.join()}}`;
  };
  return print(value);
}

function countPlaces(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + countPlaces(item), 0);
}

describe('generated bodies', () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open({ settings: { rateLimit: 'off' } });
  });
  after(() => bench.close());

  it('with one fault each never blame us, and are answered as the document says', async () => {
    const seen = new Map<number, number>();
    const body = fc.tuple(run, fc.option(fault, { freq: 12 }));
    const list = fc.array(body, { minLength: atOnce, maxLength: atOnce });
    await fc.assert(
      fc.asyncProperty(list, async (bodies) => {
        bench.clock.advance(60_000);
        await Promise.all(
          bodies.map(async ([value, fault]) => {
            const sent = fault === null ? json(value) : withFault(value, fault);
            const bytes = request('POST', postPath, bench.headers(), sent);
            const { answers } = await talk(bench.url, bytes);
            assert.equal(answers.length, 1, sent);
            const { status } = answers[0]!;
            seen.set(status, (seen.get(status) ?? 0) + 1);
            assert.ok(status < 500, sent);
            if (fault === null) assert.equal(status, 202, sent);
            bench.note(answers[0]!, bytes);
          }),
        );
        await bench.verifyAlive();
      }),
      { numRuns: batches, endOnFailure: true },
    );
    await bench.verify();
    const sum = [...seen.values()].reduce((all, n) => all + n, 0);
    assert.equal(sum, batches * atOnce);
    assert.deepEqual([...seen.keys()].sort(), [202, 400]);
  });
});
