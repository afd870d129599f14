import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Notes, readTestRun } from '../../src/contract/test-run.ts';
import { type CaseTable, SPAN, SPANS } from '../../src/domain/case-table.ts';
import { statuses } from '../../src/domain/model.ts';
import { parseJson } from '../../src/formats/json.ts';
import { readRunBytes } from '../../src/formats/json-run.ts';
import { scanRun } from '../../src/formats/run-scanner.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What the store sees of a table, whichever way it was made. */
function seen(table: CaseTable) {
  const text = (from: number, to: number) =>
    Buffer.from(table.bytes.subarray(from, to)).toString() || null;
  return Array.from({ length: table.count }, (_, i) => {
    const item = table.objects.get(i);
    const at = (span: number) => table.spans[i * SPANS + span]!;
    return {
      suite: item?.suite ?? text(at(SPAN.suiteFrom), at(SPAN.suiteTo)),
      name: item?.name ?? text(at(SPAN.nameFrom), at(SPAN.nameTo)),
      file: item ? item.file : text(at(SPAN.fileFrom), at(SPAN.fileTo)),
      className: item ? item.className : text(at(SPAN.classFrom), at(SPAN.classTo)),
      id: item?.id ?? null,
      status: statuses[table.statuses[i]!],
      durationMs: table.durations[i],
      attempts: table.attempts[i],
      startedAtMs: table.startedAtMs?.[i] ?? Number.NaN,
    };
  });
}

type Result =
  | { error: string }
  | { run: object; cases: object[]; texts: object[]; warnings: object[] };

function attempt(read: () => ReturnType<typeof readTestRun>): Result {
  try {
    const { run, warnings } = read();
    const { cases, ...head } = run;
    return { run: head, cases: seen(cases), texts: cases.texts, warnings };
  } catch (error) {
    return { error: `${(error as { code: string }).code}: ${(error as Error).message}` };
  }
}

const short = (text: string) => attempt(() => readRunBytes(bytesOf(text), now));
const general = (text: string) => attempt(() => readTestRun(parseJson(bytesOf(text)), now));
const isShort = (text: string) => scanRun(bytesOf(text), new Notes()) !== null;

const body = (cases: string, rest = '') =>
  `{"repo":"acme/web","summary":{"total":9,"passed":9,"failed":9}${rest},"cases":${cases}}`;
const plain = '{"suite":"auth","name":"logs in","status":"passed","durationMs":12,"attempts":1}';

describe('the short way of a posted run', () => {
  const taken = [
    body('[]'),
    body(`[${plain},${plain}]`),
    body(`[ ${plain} ,\n\t${plain} ]`, ',"tags":["]","}"],"commit":"c\\"1"'),
    `\ufeff${body(`[${plain}]`)} \n`,
    body(
      '[{"suite":"s","name":"n","status":"failed","errorMessage":"a\\n\\u0041 \\"x\\" é","stack":null,"file":"a.ts","line":7}]',
    ),
    body(
      '[{"suite":"s","name":"n","status":"flaky","durationMs":1.5,"attempts":3,"className":"A"}]',
    ),
    body('[{"suite":"s","name":"ü","status":"passed"},{"name":"n","status":"skipped","file":"f"}]'),
    body(
      '[{"suite":"s","name":"n","status":"passed","id":"T1","startedAt":"2026-11-24T10:00:00Z","more":{"x":[1,{}]}}]',
    ),
    body(
      '[{"suite":"a  b","name":" n ","status":"passed","durationMs":null,"attempts":0,"line":0}]',
    ),
    body('[{"suite":"__proto__","name":"toString","status":"passed","suite":"last wins"}]'),
  ];
  for (const text of taken) {
    it(`takes ${text.slice(60, 150)} and reads it as the general way does`, () => {
      assert.equal(isShort(text), true);
      assert.deepEqual(short(text), general(text));
    });
  }

  const left = [
    '',
    '[]',
    '{}',
    body('[').slice(0, -1),
    body(`[${plain},]`),
    body(`[${plain}]`, ',"x":01'),
    body('[null]'),
    body('[{}]'),
    body('[{"suite":"s","name":"n","status":"PASSED"}]'),
    body('[{"suite":"s","name":"","status":"passed"}]'),
    body('[{"suite":"s","name":"n","status":"passed","durationMs":-1}]'),
    body('[{"suite":"s","name":"n","status":"passed","durationMs":01}]'),
    body('[{"suite":"s","name":"n","status":"passed","attempts":1.5}]'),
    body('[{"suite":"s","name":"a\nb","status":"passed"}]'),
    body('[{"suite":"s","name":"n","status":"failed","errorMessage":"a\nb"}]'),
    body(`[${plain}],"cases":[]`),
    body(`[${plain}]`) + body('[]'),
    body(`[${plain}`),
    body('{}'),
    body('null'),
    body(`[{"x":${'['.repeat(40)}${']'.repeat(40)},${plain.slice(1)}]`),
    body(`[${Array(10_001).fill(plain).join()}]`),
  ];
  for (const text of left) {
    it(`answers ${text.slice(60, 150)} (${text.length}) as the general way does`, () => {
      assert.deepEqual(short(text), general(text));
    });
  }

  const word = fc.oneof(
    fc.constantFrom(
      'auth',
      'a b',
      'a  b',
      '',
      ' ',
      '"',
      '\\',
      'é',
      '\u0007',
      '\u2028',
      'x'.repeat(1001),
    ),
    fc.string({ maxLength: 8 }),
  );
  const value = fc.oneof(
    word,
    fc.constantFrom<unknown>(
      null,
      0,
      1,
      -1,
      1.5,
      1e21,
      12,
      3e9,
      'passed',
      'failed',
      'flaky',
      true,
      [],
      {},
      [{ a: [1] }],
    ),
  );
  const field = fc.constantFrom(
    'suite',
    'name',
    'status',
    'durationMs',
    'attempts',
    'errorMessage',
    'stack',
    'file',
    'line',
    'className',
    'id',
    'x',
    '__proto__',
  );
  const oneCase = fc
    .tuple(
      fc.record({
        suite: word,
        name: word,
        status: fc.constantFrom('passed', 'failed', 'skipped', 'flaky'),
      }),
      fc.array(fc.tuple(field, value), { maxLength: 4 }),
    )
    .map(([must, more]) => ({ ...must, ...Object.fromEntries(more) }));

  it('both ways agree on any cases, whatever their fields hold', () => {
    fc.assert(
      fc.property(fc.array(oneCase, { maxLength: 5 }), fc.constantFrom(0, 1), (cases, indent) => {
        const text = JSON.stringify(
          { repo: 'a/b', summary: { total: 1, passed: 1, failed: 0 }, cases },
          null,
          indent,
        );
        assert.deepEqual(short(text), general(text));
      }),
      { numRuns: 3000 },
    );
  });
  it('both ways agree on any JSON at all, as a body, as its cases or as one case', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), fc.constantFrom(0, 1, 2), (json, place) => {
        const text = place === 0 ? json : place === 1 ? body(json) : body(`[${plain},${json}]`);
        assert.deepEqual(short(text), general(text));
      }),
      { numRuns: 2000 },
    );
  });

  /** JSON text as no serializer writes it, but as the grammar allows it. */
  const space = fc.constantFrom('', ' ', '\n', '\t\r\n  ');
  const rawKey = fc.constantFrom(
    '"suite"',
    '"name"',
    '"status"',
    '"durationMs"',
    '"attempts"',
    '"line"',
    '"errorMessage"',
    '"na\\u006de"',
    '"stat\\u0075s"',
    '"Name"',
    '""',
  );
  const rawValue = fc.oneof(
    fc.constantFrom(
      '"passed"',
      '"fail\\u0065d"',
      '"a\\/b"',
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '"é😀"',
    ),
    fc.constantFrom('0', '-0', '1e3', '1E-2', '1.0', '0.5', '12345678901234567890', '2592000000'),
    fc.constantFrom('2592000001', '1e400', '1001', '1000', '65536', '4294967297', 'null', 'true'),
    fc.constantFrom(
      '01',
      '+1',
      '.5',
      '1.',
      '0x1',
      '1_0',
      'NaN',
      'nul',
      'nulll',
      "'a'",
      '"\\x"',
      '',
    ),
  );
  const rawMember = fc
    .tuple(space, rawKey, space, space, rawValue, space)
    .map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`);
  const rawCase = fc
    .tuple(fc.array(rawMember, { maxLength: 3 }), fc.boolean())
    .map(([members, isFirst]) => {
      const usual = '"suite":"s","name":"n","status":"passed"';
      return `{${(isFirst ? [...members, usual] : [usual, ...members]).join()}}`;
    });

  it('both ways agree on JSON as no serializer writes it', () => {
    fc.assert(
      fc.property(fc.array(rawCase, { maxLength: 3 }), space, space, (cases, a, b) => {
        const text = body(`[${a}${cases.join(`${b},${a}`)}${b}]`);
        assert.deepEqual(short(text), general(text));
      }),
      { numRuns: 4000 },
    );
  });
  it('both ways agree on bytes that are not UTF-8', () => {
    const bytes = Buffer.from(body(`[${plain},${plain}]`));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0x80, max: 0xff }), (at, byte) => {
        const damaged = new Uint8Array(bytes);
        damaged[at] = byte;
        const quick = attempt(() => readRunBytes(damaged, now));
        assert.deepEqual(
          quick,
          attempt(() => readTestRun(parseJson(damaged), now)),
        );
      }),
      { numRuns: 500 },
    );
  });
  it('both ways agree on any damage to a body', () => {
    const text = body(`[${plain},${plain.replace('logs in', 'ü')}]`, ',"commit":"c1"');
    const damage = fc.record({
      at: fc.nat(text.length),
      cut: fc.nat(3),
      put: fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '0', ' ', '\\', 'null'),
    });
    fc.assert(
      fc.property(damage, ({ at, cut, put }) => {
        const broken = text.slice(0, at) + put + text.slice(at + cut);
        assert.deepEqual(short(broken), general(broken));
      }),
      { numRuns: 3000 },
    );
  });
});
