import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it, mock } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { gotestExample, junitExample, runExample } from '../../src/contract/examples.ts';
import { limits } from '../../src/limits.ts';
import { Parser } from '../../src/store/parser.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

const base = '/api/v1/test-runs';
const suite = (name: string, cases: number, output = '') =>
  `<testsuite name="${name}">${Array.from(
    { length: cases },
    (_, i) => `<testcase name="${name} ${i}" time="0.1">${output}</testcase>`,
  ).join('')}</testsuite>`;
const lineOf = (more: object = {}) => JSON.stringify({ ...runExample, ...more });

type Verdict = { index: number; status: number; id?: string; error?: { code: string } };

describe('uploads that stream', () => {
  let appliance: Appliance;
  const parsers: Worker[] = [];
  before(async () => {
    const onParserStart = (worker: Worker) => void parsers.push(worker);
    appliance = await openAppliance({ app: { faults: { onParserStart } } });
  });
  after(() => appliance.close());

  const send = (
    path: string,
    type: string | null,
    body: string | Uint8Array | FormData,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${appliance.url}${base}${path}`, {
      method: 'POST',
      headers: { ...(type && { 'content-type': type }), 'x-api-key': appliance.key, ...headers },
      body: body as FormData,
      signal: AbortSignal.timeout(30_000),
    });

  const runsOf = async (repo: string): Promise<number> => {
    const answer = await appliance.get(`/api/v1/repos/${encodeURIComponent(repo)}/runs`);
    if (answer.status === 404) return 0;
    return ((await answer.json()) as { items: object[] }).items.length;
  };

  const codeOf = async (answer: Response): Promise<string> =>
    ((await answer.json()) as { error: { code: string } }).error.code;

  /** A post whose body is sent by hand; it tells when it is over, however it ends. */
  function begin(path: string, type: string, headers: Record<string, string> = {}) {
    const post: ClientRequest = request(`${appliance.url}${base}${path}`, {
      method: 'POST',
      headers: { 'content-type': type, 'x-api-key': appliance.key, ...headers },
    });
    const over = new Promise<void>((resolve) => post.once('close', resolve));
    post.on('error', () => {});
    post.on('response', (answer) => answer.resume());
    const write = (text: string | Uint8Array) =>
      new Promise<void>((resolve) => post.write(text, () => resolve()));
    return { post, over, write };
  }

  it('a form of large and small files keeps them apart, because one packet may hold the end of one and all of the next', async () => {
    const files = [
      suite('large', 300, `<system-out>${'x'.repeat(10_000)}</system-out>`),
      ...Array.from({ length: 30 }, (_, i) => suite(`small${i}`, 2)),
      suite('last', 300, `<system-out>${'y'.repeat(10_000)}</system-out>`),
    ];
    for (const headers of [{}, { 'content-encoding': 'gzip' }] as Record<string, string>[]) {
      const form = new FormData();
      for (const xml of files) form.append('files', new File([xml], 'a.xml', { type: 'text/xml' }));
      const whole = new Response(form);
      const type = whole.headers.get('content-type')!;
      const bytes = Buffer.from(await whole.arrayBuffer());
      const body = 'content-encoding' in headers ? gzipSync(bytes) : bytes;
      const answer = await send('/junit?repo=acme/form', type, body, headers);
      const text = await answer.text();
      assert.equal(answer.status, 202, text);
      assert.equal(JSON.parse(text).casesStored, 660);
    }
  });

  it('the same cases as JSON, as JUnit XML and as a form of several files are the same run', async () => {
    const aCase = fc.record({
      suite: fc.constantFrom('cart', 'login › form', 'ünï'),
      status: fc.constantFrom('passed', 'failed', 'skipped'),
      durationMs: fc.integer({ min: 0, max: 5000 }),
    });
    type Item = { name: string; suite: string; status: string; durationMs: number };
    const inside: Record<string, string> = {
      passed: '',
      failed: '<failure message="expected 1, got 2"/>',
      skipped: '<skipped/>',
    };
    const xmlOf = (items: Item[]) =>
      `<testsuites>${items
        .map(
          ({ suite, name, status, durationMs }) =>
            `<testsuite name="${suite}"><testcase name="${name}" time="${durationMs / 1000}">${inside[status]}</testcase></testsuite>`,
        )
        .join('')}</testsuites>`;
    const pictureOf = async (answer: Response) => {
      const text = await answer.text();
      assert.equal(answer.status, 202, text);
      const { id } = JSON.parse(text) as { id: string };
      const get = async (path: string) =>
        (await (await appliance.get(`${base}/${id}${path}`)).json()) as Record<string, unknown>;
      const { summary, outcome, casesStored } = await get('');
      const { items } = (await get('/cases?limit=200')) as { items: Record<string, unknown>[] };
      const cases = items.map(({ suite, name, status, durationMs, errorMessage, attempts }) =>
        [suite, name, status, durationMs, errorMessage, attempts].join(' · '),
      );
      return { summary: { ...(summary as object), durationMs: 0 }, outcome, casesStored, cases };
    };
    let repos = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(aCase, { minLength: 1, maxLength: 12 }),
        fc.nat(12),
        async (list, cutAt) => {
          const repo = () => `same/r${repos++}`;
          const items = list.map((item, i) => ({ ...item, name: `test ${i}` }));
          const count = (status: string) => items.filter((one) => one.status === status).length;
          const json = await appliance.post({
            repo: repo(),
            summary: {
              total: items.length,
              passed: count('passed'),
              failed: count('failed'),
              skipped: count('skipped'),
            },
            cases: items.map((one) => ({
              ...one,
              ...(one.status === 'failed' && { errorMessage: 'expected 1, got 2' }),
            })),
          });
          const form = new FormData();
          form.append('repo', repo());
          for (const part of [items.slice(0, cutAt), items.slice(cutAt)]) {
            form.append('files', new File([xmlOf(part)], 'a.xml'));
          }
          const expected = await pictureOf(json);
          const xml = await send(`/junit?repo=${repo()}`, 'text/xml', xmlOf(items));
          assert.deepEqual(await pictureOf(xml), expected);
          assert.deepEqual(await pictureOf(await send('/junit', null, form)), expected);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('other form fields under the same Idempotency-Key are another request', async () => {
    const post = (repo: string) => {
      const form = new FormData();
      form.append('files', new File([junitExample], 'a.xml'));
      form.append('repo', repo);
      return send('/junit', null, form, { 'idempotency-key': 'form' });
    };
    const first = (await (await post('acme/fields')).json()) as { id: string };
    assert.equal(((await (await post('acme/fields')).json()) as { id: string }).id, first.id);
    assert.equal((await post('acme/other-fields')).status, 409);
  });

  it('a client that stops in the middle leaves nothing behind, as often as it likes', async () => {
    const form = 'multipart/form-data; boundary=x';
    const starts: [string, string, string | Uint8Array, Record<string, string>][] = [
      ['/junit?repo=acme/cut', 'text/xml', junitExample.slice(0, 200), {}],
      [
        '/junit?repo=acme/cut',
        form,
        `--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n${junitExample.slice(0, 90)}`,
        {},
      ],
      [
        '/junit?repo=acme/cut',
        'text/xml',
        gzipSync(junitExample).subarray(0, 60),
        { 'content-encoding': 'gzip' },
      ],
      ['/gotest?repo=acme/cut', 'application/x-ndjson', gotestExample.slice(0, 100), {}],
      ['/ctrf?repo=acme/cut', 'application/json', '{"results":{', {}],
    ];
    // More often than reports may be read at a time: one that is not forgotten would fill a place.
    for (let i = 0; i < limits.reportsAtOnce.value + 8; i++) {
      const [path, type, start, headers] = starts[i % starts.length]!;
      const { post, over, write } = begin(path, type, headers);
      await write(start);
      if (i % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      post.destroy();
      await over;
    }
    const answer = await eventually(() => send('/junit?repo=acme/uncut', 'text/xml', junitExample));
    assert.equal(answer.status, 202);
    assert.equal(await runsOf('acme/cut'), 0);
  });

  it('the bytes of a line that never ends are given back', async () => {
    const line = Buffer.alloc(limits.lineBytes.value - 100, ' ');
    const times = Math.ceil(limits.bytesInFlight.value / line.length) + 2;
    for (let i = 0; i < times; i++) {
      const { post, over, write } = begin('/batch', 'application/x-ndjson');
      await write(line);
      post.destroy();
      await over;
    }
    const whole = lineOf({ runKey: 'x', pad: 'x'.repeat(limits.lineBytes.value - 2000) });
    const answer = await eventually(() => send('/batch', 'application/x-ndjson', whole));
    const { results } = (await answer.json()) as { results: Verdict[] };
    assert.deepEqual(
      results.map(({ status }) => status),
      [202],
    );
  });

  it('a client that leaves after it sent all is stored once, and hears the same when it asks again', async () => {
    const { port, hostname } = new URL(appliance.url);
    const head = [
      `POST ${base}/junit?repo=acme/left HTTP/1.1`,
      'Host: localhost',
      `X-API-Key: ${appliance.key}`,
      'Content-Type: text/xml',
      'Idempotency-Key: left',
      `Content-Length: ${Buffer.byteLength(junitExample)}`,
    ].join('\r\n');
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${head}\r\n\r\n${junitExample}`, () => setTimeout(() => socket.destroy(), 1));
    });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('close', resolve));
    const again = await send('/junit?repo=acme/left', 'text/xml', junitExample, {
      'idempotency-key': 'left',
    });
    assert.equal(again.status, 202);
    assert.equal(await runsOf('acme/left'), 1);
  });

  it('a parser thread that dies fails what it was reading, and the next upload has another', async () => {
    const { post, write } = begin('/junit?repo=acme/killed', 'text/xml');
    const status = new Promise<number>((resolve) =>
      post.once('response', (answer) => resolve(answer.statusCode!)),
    );
    await write(junitExample.slice(0, 200));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = parsers.length;
    await parsers.at(-1)!.terminate();
    post.end(junitExample.slice(200));
    assert.equal(await status, 500);
    assert.equal(await runsOf('acme/killed'), 0);
    const answer = await send('/junit?repo=acme/killed', 'text/xml', junitExample);
    assert.equal(answer.status, 202);
    assert.equal(parsers.length, before + 1);
  });

  it('more reports at a time than may be read are told to come again', async () => {
    const begun = Array.from({ length: limits.reportsAtOnce.value }, () =>
      begin('/junit?repo=acme/many', 'text/xml'),
    );
    for (const { write } of begun) await write('<testsuite>');
    const answer = await eventually(
      () => send('/junit?repo=acme/many', 'text/xml', junitExample),
      503,
    );
    assert.deepEqual([answer.headers.get('retry-after'), await codeOf(answer)], ['1', 'busy']);
    for (const { post } of begun) post.destroy();
    const after = await eventually(() => send('/junit?repo=acme/many', 'text/xml', junitExample));
    assert.equal(after.status, 202);
  });

  describe('a stream of runs', () => {
    const post = async (body: string | Uint8Array, headers: Record<string, string> = {}) => {
      const answer = await send('/batch', 'application/x-ndjson', body, headers);
      const text = await answer.text();
      assert.equal(answer.status, 207, text);
      return (JSON.parse(text) as { results: Verdict[] }).results;
    };

    it('tells what was stored before a line that is too long, because 413 alone would hide it', async () => {
      const good = lineOf({ repo: 'acme/long' });
      const results = await post(
        `${good}\n${good}\n${'x'.repeat(limits.lineBytes.value + 1)}\n${good}`,
      );
      assert.deepEqual(
        results.map(({ status, error }) => error?.code ?? status),
        [202, 202, 'too_large'],
      );
      assert.equal(
        (await send('/batch', 'application/x-ndjson', 'x'.repeat(limits.lineBytes.value + 1)))
          .status,
        413,
      );
    });

    it('tells what was stored before compressed bytes that are broken', async () => {
      const lines = Array.from({ length: 400 }, (_, i) =>
        lineOf({ repo: 'acme/gz', runKey: `k${i}` }),
      );
      const zipped = gzipSync(lines.join('\n'));
      const results = await post(zipped.subarray(0, zipped.length - 4), {
        'content-encoding': 'gzip',
      });
      assert.equal(results.at(-1)!.error!.code, 'invalid_encoding');
      assert.equal((await runsOf('acme/gz')) > 0, true);
    });

    it('under an Idempotency-Key of another body stores nothing, not even further lines', async () => {
      const keyed = { 'idempotency-key': 'lines' };
      const lines = (n: number, key: string) =>
        Array.from({ length: n }, (_, i) =>
          lineOf({ repo: 'acme/reuse', runKey: `${key}${i}` }),
        ).join('\n');
      await post(lines(2, 'a'), keyed);
      const answer = await send('/batch', 'application/x-ndjson', lines(5, 'b'), keyed);
      assert.deepEqual([answer.status, await codeOf(answer)], [409, 'idempotency_key_reused']);
      assert.equal(await runsOf('acme/reuse'), 2);
    });

    it('that was cut goes on where it was, when it is sent again under its key', async () => {
      const all = Array.from({ length: 50 }, (_, i) =>
        lineOf({ repo: 'acme/again', runKey: `k${i}` }),
      );
      const keyed = { 'idempotency-key': 'again' };
      const { post: first, over, write } = begin('/batch', 'application/x-ndjson', keyed);
      await write(`${all.slice(0, 20).join('\n')}\n`);
      await eventuallyTrue(async () => (await runsOf('acme/again')) === 20);
      first.destroy();
      await over;
      const results = await post(all.join('\n'), keyed);
      assert.ok(results.every(({ status }) => status === 202));
      assert.equal(new Set(results.map(({ id }) => id)).size, 50);
      assert.equal(await runsOf('acme/again'), 50);
    });
  });
});

describe('the parser thread', () => {
  it('is not ended by the refusals of before while a report is being read', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const parser = new Parser();
    try {
      const refused = parser.open('junit');
      await assert.rejects(
        refused.write(new TextEncoder().encode('nonsense')).then(() => refused.end({})),
      );
      refused.drop();
      refused.drop();
      mock.timers.tick(20_000);
      const good = parser.open('junit');
      await good.write(new TextEncoder().encode(junitExample));
      mock.timers.tick(20_000);
      assert.equal((await good.end({ repo: 'a/b' })).head.repo, 'a/b');
    } finally {
      mock.timers.reset();
      await parser.close();
    }
  });
});

/** Asks again while another answer comes, because places are given back a moment after a client left. */
async function eventually(ask: () => Promise<Response>, status = 202): Promise<Response> {
  const until = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer.status === status || answer.status === 207 || performance.now() > until)
      return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function eventuallyTrue(holds: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + 10_000;
  while (!(await holds())) {
    assert.ok(performance.now() < until, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
