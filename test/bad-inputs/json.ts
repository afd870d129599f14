import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { limits } from '../../src/limits.ts';
import { accepted, type Bench, type Row, refused } from './bench.ts';

const summary = { total: 1, passed: 1, failed: 0 };
const day = 86_400_000;

/** The body as text, with one value written as it stands: for what JSON.stringify cannot say. */
function withText(run: object, at: string, text: string): string {
  const body = JSON.stringify(run).replace(JSON.stringify(at), text);
  assert.ok(body.includes(text));
  return body;
}

async function wrong(bench: Bench, more: object, path: string): Promise<void> {
  refused(await bench.post(bench.run(more)), 400, 'invalid_body', path);
}

async function wrongCase(bench: Bench, more: object, path: string): Promise<void> {
  refused(await bench.post(bench.oneCase(more)), 400, 'invalid_body', path);
}

const codesOf = ({ warnings }: ReturnType<typeof accepted>) => warnings.map(({ code }) => code);

const listed = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ suite: 's', name: `n${i}`, status: 'passed' }));

/** What is shown of a text that was sent as the name and the message of a case. */
async function shown(bench: Bench, text: string): Promise<string> {
  const run = bench.oneCase({ name: `a${text}z`, status: 'failed', errorMessage: `a${text}z` });
  const [item] = await bench.casesOf(await bench.post(run));
  assert.equal(typeof item!.name, 'string');
  return String(item!.errorMessage).slice(1, -1);
}

export const json: Row[] = [
  {
    number: 45,
    input: 'a single {, a trailing comma, comments, NaN, single quotes, two documents',
    expected: '400 invalid_json with the offset',
    test: async (bench) => {
      for (const [body, offset] of [
        ['{', 1],
        ['{"repo":"a/b",}', 14],
        ['{/* x */}', 1],
        ['{"repo":NaN}', 8],
        ["{'repo':1}", 1],
        ['{"repo":"a/b"}{}', 14],
        ['{"repo":', 8],
        ['{"cases":[{"name":"n","status":"passed"}', 40],
        ['not json', 1],
      ] as const) {
        const message = refused(await bench.post(body), 400, 'invalid_json');
        assert.equal(message, `the body is not valid JSON at offset ${offset}`, body);
      }
    },
  },
  {
    number: 46,
    input: 'null, [], "x", 1 at the top',
    expected: '400',
    test: async (bench) => {
      for (const body of ['null', '[]', '[{}]', '"x"', '1', 'true']) {
        refused(await bench.post(body), 400, 'invalid_body');
      }
    },
  },
  {
    number: 47,
    input: '33 to 5,000,000 levels of nesting',
    expected: '400 too_deep, before anything is parsed',
    test: async (bench) => {
      const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
      for (const depth of [32, 33, 1000, 5_000_000]) {
        const body = withText(bench.run({ more: '@' }), '@', nested(depth));
        refused(await bench.post(body), 400, 'too_deep');
      }
      refused(await bench.post('['.repeat(5_000_000)), 400, 'too_deep');
      refused(await bench.post('{"a":'.repeat(1_000_000)), 400, 'too_deep');
      accepted(await bench.post(withText(bench.run({ more: '@' }), '@', nested(31))));
      accepted(await bench.post(bench.oneCase({ name: '['.repeat(500) })));
    },
  },
  {
    number: 48,
    input: '1,500,000 unknown keys; keys like integers',
    expected: '400 too_many_tokens',
    test: async (bench) => {
      const many = (count: number, radix: number) =>
        `{${Array.from({ length: count }, (_, i) => `"${i.toString(radix)}":0`).join(',')}}`;
      refused(await bench.post(many(1_500_000, 36)), 400, 'too_many_tokens');
      refused(await bench.post(many(1_000_001, 10)), 400, 'too_many_tokens');
      accepted(await bench.post(withText(bench.run({ more: '@' }), '@', many(100_000, 10))));
    },
  },
  {
    number: 49,
    input: 'unknown fields',
    expected: '202, dropped',
    test: async (bench) => {
      const run = bench.oneCase({ unknown: { a: [1] } });
      const answer = await bench.post({ ...run, another: 'x', Repo: 'b/c' });
      assert.deepEqual(accepted(answer).warnings, []);
      assert.equal((await bench.runOf(answer)).repo, 'acme/web');
    },
  },
  {
    number: 50,
    input: 'a field twice',
    expected: '202, the last counts',
    test: async (bench) => {
      const body = JSON.stringify(bench.run()).replace('{', '{"repo":"first/one",');
      assert.equal((await bench.runOf(await bench.post(body))).repo, 'acme/web');
      const inCase = JSON.stringify(bench.oneCase()).replace('"name"', '"name":"first","name"');
      const [item] = await bench.casesOf(await bench.post(inCase));
      assert.equal(item!.name, 'n');
    },
  },
  {
    number: 51,
    input: '__proto__, constructor, prototype as fields',
    expected: '202, dropped; no object is changed',
    test: async (bench) => {
      const evil = '"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"prototype":{"x":1},';
      for (const run of [bench.run(), bench.oneCase()]) {
        const body = JSON.stringify(run).replaceAll('{', `{${evil.replaceAll('{', '@')}`);
        accepted(await bench.post(body.replaceAll('@', '{')));
      }
      assert.equal(({} as { x?: number }).x, undefined);
      const replaced = JSON.stringify(bench.run()).replace('"repo"', '"__proto__"');
      refused(await bench.post(replaced), 400, 'invalid_body', 'repo');
    },
  },
  {
    number: 52,
    input: 'a suite or test named __proto__, toString, hasOwnProperty',
    expected: '202, stored and shown',
    test: async (bench) => {
      const names = ['__proto__', 'toString', 'hasOwnProperty', 'constructor', 'null', '0'];
      const cases = names.map((name) => ({ suite: name, name, status: 'failed' }));
      const items = await bench.casesOf(await bench.post(bench.run({ cases })));
      assert.deepEqual(
        items.map(({ suite, name }) => [suite, name]),
        names.map((name) => [name, name]),
      );
    },
  },
  {
    number: 53,
    input: 'repo, summary, total, passed or failed missing',
    expected: '400 with the path',
    test: async (bench) => {
      await wrong(bench, { repo: undefined }, 'repo');
      await wrong(bench, { repo: null }, 'repo');
      await wrong(bench, { summary: undefined }, 'summary');
      for (const field of ['total', 'passed', 'failed']) {
        await wrong(bench, { summary: { ...summary, [field]: undefined } }, `summary.${field}`);
      }
    },
  },
  {
    number: 54,
    input: 'repo as an empty text, one part, many groups, with dots, spaces, emoji, a newline',
    expected: '202 for owner/name with up to 20 parts; else 400',
    test: async (bench) => {
      const parts = (n: number) => Array.from({ length: n }, () => 'p').join('/');
      for (const repo of [
        '',
        'a',
        '../..',
        'a/..',
        './a',
        'a/-',
        'a//b',
        '/a/b',
        'a/b/',
        'a b/c',
        ' a/b',
        'a/b\n',
        'a/😀',
        'ä/b',
        'a\\b/c',
        'a/b?c',
        parts(21),
        `a/${'b'.repeat(300)}`,
        7,
        ['a/b'],
      ]) {
        await wrong(bench, { repo }, 'repo');
      }
      for (const repo of ['a/b', 'a/b/c/d', 'A.b-c_d/e', '..a/b..', parts(20)]) {
        accepted(await bench.post(bench.run({ repo })));
      }
    },
  },
  {
    number: 55,
    input: 'counts of −1, 1.5, "1", true, 1e999, 2^53, 1e308',
    expected: '400 with the path',
    test: async (bench) => {
      for (const field of ['total', 'passed', 'failed', 'skipped', 'flaky']) {
        for (const text of [
          '-1',
          '1.5',
          '"1"',
          'true',
          '1e999',
          '9007199254740992',
          '1e308',
          '[]',
        ]) {
          const body = withText(bench.run({ summary: { ...summary, [field]: '@' } }), '@', text);
          refused(await bench.post(body), 400, 'invalid_body', `summary.${field}`);
        }
      }
      accepted(
        await bench.post(withText(bench.run({ summary: { ...summary, total: '@' } }), '@', '1e0')),
      );
    },
  },
  {
    number: 56,
    input: 'passed + failed + skipped is not total',
    expected: '202 with a warning',
    test: async (bench) => {
      const odd = { total: 10, passed: 1, failed: 1 };
      assert.deepEqual(codesOf(accepted(await bench.post(bench.run({ summary: odd })))), [
        'counts_differ',
      ]);
      const seed = { total: 142, passed: 140, failed: 2, skipped: 0, flaky: 1 };
      assert.deepEqual(codesOf(accepted(await bench.post(bench.run({ summary: seed })))), []);
    },
  },
  {
    number: 57,
    input: 'durationMs with a fraction, negative, above 30 days',
    expected: '202, rounded; 400',
    test: async (bench) => {
      const answer = await bench.post({
        ...bench.oneCase({ durationMs: 1.5 }),
        summary: { ...summary, durationMs: 12.4 },
      });
      assert.equal((await bench.casesOf(answer))[0]!.durationMs, 2);
      const run = (await bench.runOf(answer)) as { summary: { durationMs: number } };
      assert.equal(run.summary.durationMs, 12);
      for (const durationMs of [-1, -0.001, 30 * day + 1, '5', true]) {
        await wrongCase(bench, { durationMs }, 'cases[0].durationMs');
        await wrong(bench, { summary: { ...summary, durationMs } }, 'summary.durationMs');
      }
    },
  },
  {
    number: 58,
    input: 'status "broken", "PASSED", missing',
    expected: '400 with the index; nothing stored',
    test: async (bench) => {
      for (const status of ['broken', 'PASSED', '', undefined, null, 1, ' passed']) {
        const cases = [...listed(3), { suite: 's', name: 'n', status }, ...listed(2)];
        await wrong(bench, { cases }, 'cases[3].status');
      }
    },
  },
  {
    number: 59,
    input: '10,000, 10,001 and 50,000 cases',
    expected: '202, the first 10,000 stored in order; the summary kept',
    test: async (bench) => {
      for (const count of [10_000, 10_001, 50_000]) {
        const counts = { total: count, passed: count, failed: 0 };
        const answer = await bench.post(bench.run({ summary: counts, cases: listed(count) }));
        const { casesStored, casesDropped, warnings } = accepted(answer);
        assert.deepEqual([casesStored, casesDropped], [10_000, count - 10_000]);
        assert.deepEqual(
          warnings.map(({ code }) => code),
          count > 10_000 ? ['cases_dropped'] : [],
        );
        const run = (await bench.runOf(answer)) as { summary: { total: number } };
        assert.equal(run.summary.total, count);
        assert.deepEqual(
          (await bench.casesOf(answer)).slice(0, 3).map(({ name }) => name),
          ['n0', 'n1', 'n2'],
        );
      }
      const beyond = [...listed(10_000), { status: 'nonsense' }];
      accepted(
        await bench.post(bench.run({ summary: { ...summary, total: 10_001 }, cases: beyond })),
      );
    },
  },
  {
    number: 60,
    input: 'cases as null, {}, [null], [[]]',
    expected: 'null is absent: 202; else 400',
    test: async (bench) => {
      assert.equal(accepted(await bench.post(bench.run({ cases: null }))).casesStored, 0);
      assert.equal(accepted(await bench.post(bench.run({ cases: [] }))).casesStored, 0);
      await wrong(bench, { cases: {} }, 'cases');
      await wrong(bench, { cases: 'x' }, 'cases');
      await wrong(bench, { cases: [null] }, 'cases[0]');
      await wrong(bench, { cases: [[]] }, 'cases[0]');
      await wrong(bench, { cases: [...listed(2), 7] }, 'cases[2]');
    },
  },
  {
    number: 61,
    input: 'attempts of 0, −1, 1,000,000',
    expected: '0 is 1 with a warning; else 400',
    test: async (bench) => {
      const answer = await bench.post(bench.oneCase({ attempts: 0 }));
      assert.deepEqual(codesOf(accepted(answer)), ['attempts_zero']);
      assert.equal((await bench.casesOf(answer))[0]!.attempts, 1);
      for (const attempts of [-1, 1_000_000, 1.5, '1']) {
        await wrongCase(bench, { attempts }, 'cases[0].attempts');
      }
    },
  },
  {
    number: 62,
    input: 'the same suite and name twice in a run',
    expected: '202, both kept with an ordinal',
    test: async (bench) => {
      const cases = ['passed', 'failed', 'passed'].map((status) => ({
        suite: 's',
        name: 'n',
        status,
      }));
      const items = await bench.casesOf(
        await bench.post(
          bench.run({ cases, summary: { ...summary, total: 3, passed: 2, failed: 1 } }),
        ),
      );
      assert.deepEqual(
        items.map(({ name, status }) => [name, status]),
        [
          ['n', 'passed'],
          ['n #2', 'failed'],
          ['n #3', 'passed'],
        ],
      );
      assert.equal(new Set(items.map(({ testId }) => testId)).size, 3);
    },
  },
  {
    number: 63,
    input: 'a failed case beside summary.failed = 0',
    expected: '202 with a warning',
    test: async (bench) => {
      const answer = await bench.post(bench.oneCase({ status: 'failed' }));
      assert.deepEqual(codesOf(accepted(answer)), ['failed_differs']);
    },
  },
  {
    number: 64,
    input: 'a name that is empty or blank',
    expected: '400',
    test: async (bench) => {
      for (const name of ['', ' ', '\t\n', '\u00a0', undefined, null, 7]) {
        await wrongCase(bench, { name }, 'cases[0].name');
      }
    },
  },
  {
    number: 65,
    input: 'a name of 5,000 characters',
    expected: '202, cut to 1,000 with … and a hash of the whole, so that two stay two',
    test: async (bench) => {
      const names = [`${'x'.repeat(4999)}a`, `${'x'.repeat(4999)}b`];
      const cases = names.map((name) => ({ suite: 's', name, status: 'passed' }));
      const total = { total: 2, passed: 2, failed: 0 };
      const items = await bench.casesOf(await bench.post(bench.run({ summary: total, cases })));
      const hash = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 8);
      assert.deepEqual(
        items.map(({ name }) => name),
        names.map((name) => `${'x'.repeat(1000)}…#${hash(name)}`),
      );
    },
  },
  {
    number: 66,
    input: 'an errorMessage of 1 MB',
    expected: '202, cut to 16 KiB with a mark',
    test: async (bench) => {
      const errorMessage = 'e'.repeat(1_000_000);
      const answer = await bench.post(
        bench.oneCase({ status: 'failed', errorMessage, stack: errorMessage }),
      );
      const [item] = await bench.casesOf(answer);
      for (const text of [String(item!.errorMessage), String(item!.stack)]) {
        assert.ok(text.startsWith('e'.repeat(16_000)));
        assert.ok(text.length < limits.messageBytes.value + 100);
        assert.match(text.slice(-60), /…|cut/);
      }
    },
  },
  {
    number: 67,
    input: 'NUL, C0, C1, ANSI colours and OSC 8 links in a text',
    expected: '202; sequences go, other controls become U+FFFD, newline and tab stay',
    test: async (bench) => {
      assert.equal(await shown(bench, '\u001b[31mred\u001b[0m'), 'red');
      assert.equal(await shown(bench, '\u001b]8;;http://evil\u0007link\u001b]8;;\u0007'), 'link');
      assert.equal(await shown(bench, '\u0000'), '\ufffd');
      assert.equal(await shown(bench, 'b\u0008c\u0085d'), 'b\ufffdc\ufffdd');
      assert.equal(await shown(bench, 'b\n\tc'), 'b\n\tc');
    },
  },
  {
    number: 68,
    input: 'lone surrogates',
    expected: '202, made well-formed',
    test: async (bench) => {
      assert.equal(await shown(bench, '\ud800'), '\ufffd');
      assert.equal(await shown(bench, '\udc00x'), '\ufffdx');
      assert.equal(await shown(bench, '😀'), '😀');
    },
  },
  {
    number: 69,
    input: 'RTL override, zero width, floods of combining marks, homoglyphs',
    expected: '202, kept; pages isolate them',
    test: async (bench) => {
      for (const text of ['\u202eabc', 'a\u200bb', `e${'\u0301'.repeat(500)}`, 'раураl']) {
        assert.equal(await shown(bench, text), text);
      }
    },
  },
  {
    number: 70,
    input: 'branch with .., %, #, ?, of 300 characters',
    expected: '202 up to 255, kept as sent; else 400',
    test: async (bench) => {
      for (const branch of ['a/../b', 'a%2fb', 'a#b', 'a?b=c&d', '<script>', 'b'.repeat(255)]) {
        const answer = await bench.post(bench.run({ branch }));
        assert.equal((await bench.runOf(answer)).branch, branch);
        const list = `/api/v1/repos/acme%2Fweb/runs?branch=${encodeURIComponent(branch)}`;
        const { items } = JSON.parse((await bench.get(list)).body) as { items: { id: string }[] };
        assert.deepEqual(
          items.map(({ id }) => id),
          [accepted(answer).id],
        );
      }
      for (const branch of ['', 'b'.repeat(300), 7]) await wrong(bench, { branch }, 'branch');
    },
  },
  {
    number: 71,
    input: 'commit as 7 to 64 hex digits, a tag, or javascript:',
    expected: '202, only ever text',
    test: async (bench) => {
      for (const commit of ['abc1234', 'f'.repeat(64), 'v1.2.3', 'javascript:alert(1)']) {
        assert.equal((await bench.runOf(await bench.post(bench.run({ commit })))).commit, commit);
      }
      for (const runUrl of ['javascript:alert(1)', 'data:text/html,x', '//evil', 'http://a b']) {
        await wrong(bench, { runUrl }, 'runUrl');
      }
    },
  },
  {
    number: 72,
    input: 'an unknown framework or ciProvider',
    expected: '202, kept as sent, up to 40 of [A-Za-z0-9_.-]; else 400',
    test: async (bench) => {
      for (const word of ['my-own_runner.v2', 'x'.repeat(40)]) {
        const run = await bench.runOf(
          await bench.post(bench.run({ framework: word, ciProvider: word })),
        );
        assert.deepEqual([run.framework, run.ciProvider], [word, word]);
      }
      for (const word of ['', 'x'.repeat(41), 'a b', '<b>', 'é', 7]) {
        await wrong(bench, { framework: word }, 'framework');
        await wrong(bench, { ciProvider: word }, 'ciProvider');
      }
    },
  },
  {
    number: 73,
    input: 'an Idempotency-Key with another body; of 256 characters; with controls; empty',
    expected: '409; 400',
    test: async (bench) => {
      const headers = { 'Idempotency-Key': 'row 73' };
      const body = bench.run();
      const first = accepted(await bench.post(body, headers));
      assert.equal(accepted(await bench.post(body, headers)).id, first.id);
      refused(await bench.post(bench.run(), headers), 409, 'idempotency_key_reused');
      for (const value of ['k'.repeat(256), 'a\tb', 'clé', '']) {
        const answer = await bench.post(bench.run(), { 'Idempotency-Key': value });
        refused(answer, 400, 'invalid_idempotency_key');
      }
      accepted(await bench.post(bench.run(), { 'Idempotency-Key': 'k'.repeat(255) }));
    },
  },
  {
    number: 74,
    input: 'texts that are SQL, templates, shell, JNDI look-ups',
    expected: '202, stored as text, without effect',
    test: async (bench) => {
      const texts = [
        "'; DROP TABLE uploads; --",
        '" OR 1=1',
        '<%= process.exit(1) %>',
        '{{constructor.constructor("x")()}}',
        '$' + '{jndi:ldap://127.0.0.1:1/a}',
        '`id`; $(id) | id',
        '%s%n%d',
        '<img src=x onerror=alert(1)>',
      ];
      const cases = texts.map((text) => ({
        suite: text,
        name: text,
        status: 'failed',
        errorMessage: text,
      }));
      const counts = { total: texts.length, passed: 0, failed: texts.length };
      const answer = await bench.post(bench.run({ summary: counts, cases, branch: texts[0] }));
      const items = await bench.casesOf(answer);
      assert.deepEqual(
        items.map(({ suite, name, errorMessage }) => [suite, name, errorMessage]),
        texts.map((text) => [text, text, text]),
      );
      const search = `?q=${encodeURIComponent("' OR '1'='1")}`;
      const found = await bench.get(`/api/v1/test-runs/${accepted(answer).id}/cases${search}`);
      assert.deepEqual(JSON.parse(found.body).items, []);
    },
  },
];
