import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { Bench, postPath } from '../bad-inputs/bench.ts';
import { openRaw, type RawAnswer, request } from '../helpers/raw-http.ts';

type Sent = { headers?: Record<string, string | undefined>; body: string };

const differing = new Set(['date', 'content-length', 'connection', 'keep-alive']);

/** Ids and times differ; a connection on which a refused body is still to come is closed. */
function comparable({ status, headers, body }: RawAnswer): object {
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => !differing.has(name))
        .sort(),
    ),
    body: body.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID'),
  };
}

describe('a post whose head and body come together', () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open({ settings: { rateLimit: '3/60s' } });
    bench.paceMs = 61_000;
  });
  after(() => bench.close());
  afterEach(() => bench.verify());

  const bytesOf = ({ headers, body }: Sent): Buffer =>
    request('POST', postPath, bench.headers(headers), body);

  /** In two pieces it takes the usual way, because its body is not there yet. */
  async function late(sent: Sent): Promise<RawAnswer> {
    bench.clock.advance(bench.paceMs);
    const bytes = bytesOf(sent);
    const connection = await openRaw(bench.url);
    const cut = bytes.indexOf('\r\n\r\n') + 4;
    connection.send(bytes.subarray(0, cut));
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.send(bytes.subarray(cut));
    const { answers } = await connection.read(1);
    connection.socket.destroy();
    bench.note(answers[0]!, bytes);
    return answers[0]!;
  }

  const run = (more: object = {}): string => JSON.stringify(bench.run(more));
  const odd = (headers: Record<string, string | undefined>) => ({ headers, body: run() });
  const table: [what: string, sent: () => Sent, status: number][] = [
    ['a run', () => ({ body: run() }), 202],
    ['a run with cases', () => ({ body: JSON.stringify(bench.oneCase()) }), 202],
    ['a run with a warning', () => ({ body: run({ startedAt: '1999-01-01T00:00:00Z' }) }), 202],
    ['letters beyond ASCII', () => ({ body: run({ branch: 'größer/分支' }) }), 202],
    ['no JSON', () => ({ body: '{' }), 400],
    ['no run', () => ({ body: '{"repo":1}' }), 400],
    ['bytes that are no UTF-8', () => ({ body: `{"repo":"\u0080${'\ud800'}"}` }), 400],
    ['no key', () => odd({ 'X-API-Key': undefined }), 401],
    ['a key that is none', () => odd({ 'X-API-Key': `qlens_${'x'.repeat(36)}` }), 401],
    ['another type', () => odd({ 'Content-Type': 'text/plain' }), 415],
    ['another charset', () => odd({ 'Content-Type': 'application/json; charset=latin1' }), 415],
    ['an Idempotency-Key', () => odd({ 'Idempotency-Key': `k${bench.clock.now()}` }), 202],
    ['an empty Idempotency-Key', () => odd({ 'Idempotency-Key': '' }), 400],
    ['two hosts', () => odd({ Host: 'a', host: 'b' }), 400],
  ];
  for (const [what, sent, status] of table) {
    it(`${what} → ${status}, the same as when its body comes late`, async () => {
      const together = await bench.raw(bytesOf(sent()));
      const apart = await late(sent());
      assert.equal(together.status, status);
      assert.deepEqual(comparable(together), comparable(apart));
    });
  }

  it('is limited like any other, and a refused one costs nothing', async () => {
    bench.clock.advance(61_000);
    bench.paceMs = 0;
    try {
      const answers: RawAnswer[] = [];
      for (let i = 0; i < 5; i++) answers.push(await bench.raw(bytesOf({ body: run() })));
      assert.deepEqual(
        answers.map(({ status, headers }) => [status, headers['x-ratelimit-remaining']]),
        [
          [202, '2'],
          [202, '1'],
          [202, '0'],
          [429, '0'],
          [429, '0'],
        ],
      );
      const refused = comparable(answers[4]!);
      assert.deepEqual(comparable(await late({ body: run() })), refused);
    } finally {
      bench.paceMs = 61_000;
    }
  });

  it('has one effect with an Idempotency-Key, whichever way it comes', async () => {
    const sent = { headers: { 'Idempotency-Key': 'once' }, body: run() };
    const first = await bench.raw(bytesOf(sent));
    assert.equal((await late(sent)).body, first.body);
    assert.equal((await bench.raw(bytesOf(sent))).body, first.body);
    const other = await bench.raw(bytesOf({ ...sent, body: run() }));
    assert.equal(other.status, 409);
  });

  it('of a revoked key is refused on a connection on which it was good', async () => {
    const key = await bench.makeKey();
    const { store } = bench.appliance;
    const bytes = () => bytesOf({ headers: { 'X-API-Key': key }, body: run() });
    const connection = await bench.connect();
    connection.send(bytes());
    connection.send(bytes());
    const before = await connection.read(2);
    for (const answer of before.answers) bench.note(answer, bytes());
    const { id } = (await store.listKeys(null)).find(({ last4 }) => key.endsWith(last4))!;
    const admin = await bench.makeKey({ scopes: ['admin'] });
    const revoke = request('DELETE', `/api/v1/keys/${id}`, { 'X-API-Key': admin });
    assert.ok((await bench.raw(revoke)).status < 300);
    bench.clock.advance(61_000);
    connection.send(bytes());
    const { answers } = await connection.read(3);
    connection.socket.destroy();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 401],
    );
  });
});
