import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  ctrfExample,
  gotestExample,
  junitExample,
  runExample,
} from '../../src/contract/examples.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

type Verdict = { index: number; status: number; id?: string; error?: { code: string } };
type Run = { summary: { total: number; failed: number }; framework: string; branch: string };

describe('the ways in', () => {
  let appliance: Appliance;
  before(async () => {
    appliance = await openAppliance();
  });
  after(() => appliance.close());

  const send = (
    path: string,
    type: string | null,
    body: string | Uint8Array | FormData,
    headers: object = {},
  ) =>
    fetch(`${appliance.url}/api/v1/test-runs${path}`, {
      method: 'POST',
      headers: {
        ...(type !== null && { 'content-type': type }),
        'x-api-key': appliance.key,
        ...headers,
      },
      body: body as FormData,
    });
  const verdicts = async (answer: Response): Promise<Verdict[]> => {
    assert.equal(answer.status, 207, await answer.clone().text());
    return ((await answer.json()) as { results: Verdict[] }).results;
  };
  const runOf = async (id: string): Promise<Run> =>
    (await (await appliance.get(`/api/v1/test-runs/${id}`)).json()) as Run;
  const run = (more: object = {}) => ({
    repo: 'acme/web',
    summary: { total: 1, passed: 1, failed: 0 },
    ...more,
  });

  describe('a batch', () => {
    const mixed = [run(), run({ repo: 'nonsense' }), run({ summary: { total: 1 } }), run()];

    it('stores or refuses each run on its own, because one bad run must not cost the others', async () => {
      const body = JSON.stringify({ runs: mixed });
      const results = await verdicts(await send('/batch', 'application/json', body));
      assert.deepEqual(
        results.map(({ index, status }) => [index, status]),
        [
          [0, 202],
          [1, 400],
          [2, 400],
          [3, 202],
        ],
      );
      assert.equal((await appliance.get(`/api/v1/test-runs/${results[3]!.id}`)).status, 200);
    });

    it('as lines it gives the same verdicts, blank lines and a missing last newline included', async () => {
      const body = `${mixed.map((item) => JSON.stringify(item)).join('\r\n\n')}`;
      const results = await verdicts(await send('/batch', 'application/x-ndjson', body));
      assert.deepEqual(
        results.map(({ status }) => status),
        [202, 400, 400, 202],
      );
    });

    it('lines that are no JSON are refused alone', async () => {
      const body = `{\n${JSON.stringify(run())}\n`;
      const results = await verdicts(await send('/batch', 'application/x-ndjson', body));
      assert.deepEqual(
        results.map(({ status, error }) => [status, error?.code]),
        [
          [400, 'invalid_json'],
          [202, undefined],
        ],
      );
    });

    for (const [about, body] of [
      ['no list', '{"runs":{}}'],
      ['an empty list', '{"runs":[]}'],
      ['more than 100', JSON.stringify({ runs: Array(101).fill(run()) })],
    ]) {
      it(`a list with ${about} is refused as a whole`, async () => {
        assert.equal((await send('/batch', 'application/json', body!)).status, 400);
      });
    }

    it('a stream of more than 1,000 runs keeps the first 1,000 and says so', async () => {
      const body = `${JSON.stringify(run())}\n`.repeat(1005);
      const results = await verdicts(await send('/batch', 'application/x-ndjson', body));
      assert.equal(results.length, 1001);
      assert.equal(results.filter(({ status }) => status === 202).length, 1000);
      assert.equal(results.at(-1)!.error!.code, 'too_large');
    });

    for (const type of ['application/json', 'application/x-ndjson']) {
      it(`the same Idempotency-Key gives the same answer and one effect (${type})`, async () => {
        const runs = [run({ runKey: `idem ${type}` }), run({ repo: 'bad' })];
        const asList = type === 'application/json';
        const body = asList
          ? JSON.stringify({ runs })
          : runs.map((item) => JSON.stringify(item)).join('\n');
        const keyed = { 'idempotency-key': `batch-${type}` };
        const first = await verdicts(await send('/batch', type, body, keyed));
        const second = await verdicts(await send('/batch', type, body, keyed));
        assert.equal(second[0]!.id, first[0]!.id);
        const other = body.replaceAll('idem', 'other');
        assert.equal((await send('/batch', type, other, keyed)).status, 409);
      });
    }
  });

  describe('reports', () => {
    const formats = [
      ['junit', 'application/xml', junitExample, 2, 1],
      ['ctrf', 'application/json', JSON.stringify(ctrfExample), 1, 0],
      ['gotest', 'application/x-ndjson', gotestExample, 1, 0],
    ] as const;

    for (const [format, type, body, total, failed] of formats) {
      it(`${format}: cases and metadata arrive, plain and compressed`, async () => {
        for (const headers of [{}, { 'content-encoding': 'gzip' }]) {
          const bytes = 'content-encoding' in headers ? gzipSync(body) : Buffer.from(body);
          const path = `/${format}?repo=acme/${format}&branch=main&commit=4be2a91&runAttempt=2&shard=1/2`;
          const answer = await send(path, type, bytes, headers);
          const text = await answer.text();
          assert.equal(answer.status, 202, text);
          const { id, casesStored } = JSON.parse(text) as { id: string; casesStored: number };
          assert.equal(casesStored, total);
          const stored = await runOf(id);
          assert.equal(stored.branch, 'main');
          assert.equal(stored.summary.total % total, 0);
          assert.equal(stored.summary.failed, failed);
        }
      });

      it(`${format}: without a repo it is refused, a wrong type too`, async () => {
        const answer = await send(`/${format}`, type, body);
        assert.equal(answer.status, 400);
        const { error } = (await answer.json()) as { error: { path: string } };
        assert.equal(error.path, 'repo');
        assert.equal((await send(`/${format}?repo=a/b`, 'image/png', body)).status, 415);
      });

      it(`${format}: the same Idempotency-Key and query is one run, another query is refused`, async () => {
        const keyed = { 'idempotency-key': `report-${format}` };
        const post = (repo: string) => send(`/${format}?repo=${repo}`, type, body, keyed);
        const first = (await (await post('acme/idem')).json()) as { id: string };
        const second = (await (await post('acme/idem')).json()) as { id: string };
        assert.equal(second.id, first.id);
        assert.equal((await post('acme/other')).status, 409);
      });
    }

    it('a form of several JUnit files is one run; fields may follow the files', async () => {
      const form = new FormData();
      for (const name of ['a.xml', '../../etc/passwd', 'b"\r\nX: y']) {
        form.append('files', new File([junitExample], name, { type: 'text/xml' }));
      }
      form.append('repo', 'acme/form');
      form.append('tags', 'nightly, linux');
      const answer = await send('/junit', null, form);
      const text = await answer.text();
      assert.equal(answer.status, 202, text);
      const stored = await runOf((JSON.parse(text) as { id: string }).id);
      assert.deepEqual([stored.summary.total, stored.summary.failed], [6, 3]);
    });

    it('a form that is broken or without files is refused', async () => {
      const type = 'multipart/form-data; boundary=x';
      assert.equal((await send('/junit', 'multipart/form-data', 'x')).status, 400);
      assert.equal((await send('/junit?repo=a/b', type, '--x--\r\n')).status, 400);
      assert.equal((await send('/junit?repo=a/b', type, '--y\r\n')).status, 400);
      const many = new FormData();
      for (let i = 0; i < 600; i++) many.append('files', new File(['<testsuite/>'], `${i}.xml`));
      assert.ok([400, 413].includes((await send('/junit?repo=a/b', null, many)).status));
    });

    it('a truncated gzip body and a body that is no gzip are refused', async () => {
      const whole = gzipSync(junitExample.repeat(1));
      const gzip = { 'content-encoding': 'gzip' };
      const path = '/junit?repo=acme/gzip';
      for (const bad of [whole.subarray(0, whole.length - 5), Buffer.from(junitExample)]) {
        const answer = await send(path, 'text/xml', bad, gzip);
        assert.equal(answer.status, 400);
      }
    });
  });

  it('a dry run answers as usual and stores nothing', async () => {
    const before = await appliance.app.store.listRuns('acme/dry', {}, 10, null);
    const bodies = [
      ['', 'application/json', JSON.stringify({ ...runExample, repo: 'acme/dry' })],
      [
        '/batch',
        'application/json',
        JSON.stringify({ runs: [{ ...runExample, repo: 'acme/dry' }] }),
      ],
      ['/junit', 'text/xml', junitExample],
    ] as const;
    for (const [path, type, body] of bodies) {
      const answer = await send(
        `${path}?dryRun=1${path === '/junit' ? '&repo=acme/dry' : ''}`,
        type,
        body,
      );
      assert.ok([202, 207].includes(answer.status), await answer.text());
    }
    assert.deepEqual(before.items, []);
    assert.equal((await appliance.get('/api/v1/repos/acme%2Fdry/runs')).status, 404);
    const refused = await send('?dryRun=1', 'application/json', JSON.stringify({ repo: 'x' }));
    assert.equal(refused.status, 400, 'a fault is told');
    const real = JSON.stringify({ ...runExample, repo: 'acme/dry' });
    assert.equal(
      (await send('', 'application/json', real)).status,
      202,
      'and it can be posted after',
    );
  });
});
