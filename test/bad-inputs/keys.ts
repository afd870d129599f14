import assert from 'node:assert/strict';
import { revokeKey } from '../../src/actions/keys.ts';
import { makeKey } from '../../src/domain/api-key.ts';
import { request } from '../helpers/raw-http.ts';
import { accepted, type Bench, postPath, type Row, refused } from './bench.ts';

const bytes = (n: number) => crypto.getRandomValues(new Uint8Array(n));
const sameForAll = '{"error":{"code":"unauthorized","message":"missing or invalid API key"}}';

async function unauthorized(bench: Bench, key: string | undefined): Promise<void> {
  const answer = await bench.post(bench.run(), { 'X-API-Key': key });
  assert.deepEqual([answer.status, answer.body], [401, sameForAll], String(key));
  assert.equal(answer.headers['x-ratelimit-limit'], undefined, 'nothing is told to strangers');
}

/** How often the store is asked for a key while `act` runs. */
async function lookUps(bench: Bench, act: () => Promise<void>): Promise<number> {
  const { store } = bench.appliance;
  const { findKey } = store;
  let count = 0;
  store.findKey = (hash) => {
    count++;
    return findKey(hash);
  };
  try {
    await act();
  } finally {
    store.findKey = findKey;
  }
  return count;
}

export const keys: Row[] = [
  {
    number: 25,
    input: 'no X-API-Key, an empty one, two',
    expected: '401, the same body for all',
    test: async (bench) => {
      await unauthorized(bench, undefined);
      await unauthorized(bench, '');
      const twice = [...Object.entries(bench.headers()), ['x-api-key', bench.key]];
      const post = request('POST', postPath, twice as [string, string][], '{}');
      const answer = await bench.raw(post);
      assert.deepEqual([answer.status, answer.body], [401, sameForAll]);
    },
  },
  {
    number: 26,
    input: 'a wrong prefix, a wrong checksum',
    expected: '401 without a look-up',
    test: async (bench) => {
      const last = bench.key.at(-1) === 'a' ? 'b' : 'a';
      const count = await lookUps(bench, async () => {
        await unauthorized(bench, bench.key.replace('qlens_', 'qlans_'));
        await unauthorized(bench, bench.key.slice(0, -1) + last);
        await unauthorized(bench, bench.key.slice(0, -1));
        await unauthorized(bench, `${bench.key}0`);
      });
      assert.equal(count, 0);
    },
  },
  {
    number: 27,
    input: 'the right form, but unknown, revoked or expired',
    expected: '401 after the same look-up',
    test: async (bench) => {
      const { store } = bench.appliance;
      const revoked = await bench.makeKey({ name: 'revoked' });
      const { id } = (await store.listKeys(null)).find(({ name }) => name === 'revoked')!;
      await revokeKey({ store, clock: bench.clock, authenticator: null }, id);
      const expired = await bench.makeKey({
        expiresAt: new Date(bench.clock.now() + 1000).toISOString(),
      });
      const count = await lookUps(bench, async () => {
        await unauthorized(bench, makeKey(bytes));
        await unauthorized(bench, revoked);
        await unauthorized(bench, expired);
      });
      assert.equal(count, 3);
    },
  },
  {
    number: 28,
    input: 'a key of 10 kB, unicode, a lower-cased one, spaces around',
    expected: '401; spaces around are no part of a header',
    test: async (bench) => {
      await unauthorized(bench, `qlens_${'a'.repeat(10_000)}`);
      await unauthorized(bench, `qlens_${'é'.repeat(36)}`);
      await unauthorized(bench, bench.key.replace('qlens', 'QLENS'));
      await unauthorized(bench, `"${bench.key}"`);
      accepted(await bench.post(bench.run(), { 'X-API-Key': `  ${bench.key} \t` }));
    },
  },
  {
    number: 29,
    input: 'the key in the query string, or as a field of the body',
    expected: '400 key_in_url, not logged; elsewhere in a text it is redacted',
    test: async (bench) => {
      const inUrl = request('POST', `${postPath}?key=${bench.key}`, bench.headers(), '{}');
      refused(await bench.raw(inUrl), 400, 'key_in_url');
      const page = await bench.raw(request('GET', `/?api_key=${bench.key}`));
      refused(page, 400, 'key_in_url');
      refused(await bench.post(bench.run({ apiKey: bench.key })), 400, 'key_in_url', 'apiKey');
      const inText = await bench.post(
        bench.oneCase({ status: 'failed', errorMessage: `sent ${bench.key} to the server` }),
      );
      const [item] = await bench.casesOf(inText);
      assert.match(String(item!.errorMessage), /^sent \S*redacted\S* to the server$/);
      assert.ok(!bench.log.join('').includes(bench.key));
    },
  },
  {
    number: 30,
    input: 'a read-only key on a post; a key for other repos; a repo of another workspace',
    expected: '403',
    test: async (bench) => {
      const reader = await bench.makeKey({ scopes: ['read'] });
      refused(await bench.post(bench.run(), { 'X-API-Key': reader }), 403, 'forbidden');
      const narrow = await bench.makeKey({ repos: ['acme/*'] });
      const other = bench.run({ repo: 'other/web' });
      refused(await bench.post(other, { 'X-API-Key': narrow }), 403, 'forbidden', 'repo');
      const writer = await bench.makeKey({ scopes: ['ingest'] });
      refused(await bench.get('/api/v1/repos', writer), 403, 'forbidden');
      accepted(await bench.post(bench.run(), { 'X-API-Key': narrow }));
      const workspaceId = await bench.appliance.store.createWorkspace('Other', bench.clock.now());
      const foreign = await bench.makeKey({ workspaceId });
      const post = await bench.post(bench.run(), { 'X-API-Key': foreign });
      refused(post, 403, 'forbidden', 'repo');
      refused(await bench.get('/api/v1/repos/acme%2Fweb/runs', foreign), 404, 'not_found');
    },
  },
  {
    number: 31,
    input: 'the 61st request in 60 s',
    expected: '429 with Retry-After 1…60; at most 64 KiB of its body are read, then closed',
    test: async (bench) => {
      const key = await bench.makeKey();
      const headers = bench.headers({ 'X-API-Key': key });
      const posts = Array.from({ length: 60 }, () => request('POST', postPath, headers, '{}'));
      await bench.talk(Buffer.concat(posts), { expect: 60 });
      bench.paceMs = 0;
      const over = await bench.post(bench.run(), { 'X-API-Key': key });
      refused(over, 429, 'rate_limited');
      assert.ok(Number(over.headers['retry-after']) <= 60);
      assert.equal(over.headers['x-ratelimit-remaining'], '0');
      const large = await bench.connect();
      const length = { 'Content-Length': `${8 << 20}` };
      const begun = request('POST', postPath, { ...headers, ...length });
      large.send(begun);
      large.send(Buffer.alloc(100_000, ' '));
      const { answers, isClosed } = await large.read(2);
      bench.note(answers[0]!, begun);
      refused(answers[0]!, 429, 'rate_limited');
      assert.equal(isClosed, true, 'without the other 8 MiB');
      large.socket.destroy();
      bench.paceMs = 3000;
    },
  },
  {
    number: 32,
    input: '500 wrong keys in a minute from one address',
    expected: '30 × 401, then 429; good keys behind the same address go on',
    test: async (bench) => {
      bench.clock.advance(60_000);
      const wrong = request('POST', postPath, bench.headers({ 'X-API-Key': makeKey(bytes) }));
      const { answers } = await bench.talk(Buffer.concat(Array(500).fill(wrong)), { expect: 500 });
      const statuses = answers.map(({ status }) => status);
      assert.deepEqual(statuses, [...Array(30).fill(401), ...Array(470).fill(429)]);
      const wait = Number(answers[499]!.headers['retry-after']);
      assert.ok(wait >= 1 && wait <= 60, `${wait}`);
      bench.paceMs = 0;
      accepted(await bench.post(bench.run()));
      bench.clock.advance(60_000);
      bench.paceMs = 3000;
      await unauthorized(bench, 'nonsense');
    },
  },
  {
    number: 33,
    input: 'the monthly quota is used up',
    expected: '429 quota_exceeded with Retry-After to the end of the month',
    test: async (bench) => {
      const { store } = bench.appliance;
      const workspaceId = await store.createWorkspace('Free', bench.clock.now());
      await store.setPlan(workspaceId, { plan: 'free', monthlyCredits: 1 }, bench.clock.now());
      const key = { 'X-API-Key': await bench.makeKey({ workspaceId }) };
      const run = () => bench.run({ repo: 'free/web' });
      accepted(await bench.post(run(), key));
      const over = await bench.post(run(), key);
      refused(over, 429, 'quota_exceeded');
      const now = new Date(bench.clock.now());
      const monthEnd = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
      const wait = Number(over.headers['retry-after']);
      assert.ok(Math.abs(wait - (monthEnd - bench.clock.now()) / 1000) < 10, `${wait}`);
      refused(await bench.get('/api/v1/repos', key['X-API-Key']), 429, 'quota_exceeded');
    },
  },
];
