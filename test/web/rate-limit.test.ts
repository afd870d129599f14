import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SlidingWindow } from '../../src/domain/sliding-window.ts';
import type { AppError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import type { Web } from '../../src/web/context.ts';
import { rateLimit } from '../../src/web/middleware/rate-limit.ts';
import { Bench, postPath, refused } from '../bad-inputs/bench.ts';
import { MovableClock } from '../helpers/movable-clock.ts';
import { openRaw, type RawAnswer, request } from '../helpers/raw-http.ts';

const remaining = ({ headers }: RawAnswer): number => Number(headers['x-ratelimit-remaining']);

/** A bench on a clock that stands still unless it is moved. */
async function openBench(clock: MovableClock, options: Parameters<typeof Bench.open>[0] = {}) {
  const bench = await Bench.open({ ...options, clock });
  bench.paceMs = 0;
  return bench;
}

describe('the rate limit over HTTP', () => {
  const clock = new MovableClock();
  let bench: Bench;
  before(async () => {
    bench = await openBench(clock);
  });
  after(() => bench.close());

  it('eight parallel clients on one key get exactly 60 answers that are not 429', async () => {
    const key = await bench.makeKey();
    const bodies = [() => JSON.stringify(bench.run()), () => '{', () => '[]'];
    const client = async (n: number): Promise<RawAnswer[]> => {
      const heard: RawAnswer[] = [];
      for (let i = 0; i < 20; i++) {
        heard.push(await bench.post(bodies[(n + i) % 3]!(), { 'X-API-Key': key }));
      }
      return heard;
    };
    const answers = (await Promise.all(Array.from({ length: 8 }, (_, n) => client(n)))).flat();
    assert.equal(answers.length, 160);
    const admitted = answers.filter(({ status }) => status !== 429);
    assert.equal(admitted.length, 60);
    assert.deepEqual(
      admitted.map(remaining).sort((a, b) => a - b),
      Array.from({ length: 60 }, (_, i) => i),
      'each saw its own place',
    );
    await bench.verify();
  });

  it('a connection that is cut in its body has used its place, because it was admitted', async () => {
    const key = await bench.makeKey();
    const headers = bench.headers({ 'X-API-Key': key, 'Content-Length': '100' });
    const cut = async () => {
      const connection = await openRaw(bench.url);
      connection.send(request('POST', postPath, headers, '{"repo":'));
      connection.socket.end();
      await connection.read(1);
      connection.socket.destroy();
    };
    await Promise.all(Array.from({ length: 8 }, cut));
    const next = await bench.post(bench.run(), { 'X-API-Key': key });
    assert.equal(remaining(next), 60 - 9);
  });

  it('counts whatever becomes of an admitted request, and nothing that was not admitted', async () => {
    const narrow = { repos: ['acme/*'] };
    const key = await bench.makeKey(narrow);
    const post = (body: unknown, more: Record<string, string | undefined> = {}) =>
      bench.post(body, { 'X-API-Key': key, ...more });
    const idempotency = { 'Idempotency-Key': 'twice' };
    let left = 60;
    const counts = async (sent: Promise<RawAnswer>, status: number) => {
      const answer = await sent;
      assert.deepEqual([answer.status, remaining(answer)], [status, --left]);
    };
    await counts(post(bench.run()), 202);
    await counts(post('{'), 400);
    await counts(post(bench.run({ repo: 'other/web' })), 403);
    await counts(post(bench.run(), idempotency), 202);
    await counts(post(bench.run(), idempotency), 409);
    await counts(post('', { 'Content-Length': '99999999999' }), 413);
    await counts(post(bench.run(), { 'Content-Type': 'text/plain' }), 415);
    await counts(post(bench.run(), { 'Content-Encoding': 'br' }), 415);

    const reader = await bench.makeKey({ scopes: ['read'] });
    const strangers = [reader, `${key.slice(0, -1)}?`, ''];
    for (const stranger of strangers) {
      const answer = await post(bench.run(), { 'X-API-Key': stranger });
      assert.ok(answer.status === 401 || answer.status === 403);
      assert.equal(answer.headers['x-ratelimit-limit'], undefined);
    }
    refused(await post(bench.run(), { Host: 'a b' }), 400, 'bad_request');
    refused(await post(bench.run(), { Expect: 'bogus' }), 417, 'expectation_failed');
    assert.equal((await bench.get('/api/v1/repos', key)).status, 200);
    await counts(post(bench.run()), 202);
  });

  it('a refused request leaves no trace, because an eager client would starve', async () => {
    const key = await bench.makeKey();
    const post = () => bench.post('{', { 'X-API-Key': key });
    for (let i = 0; i < 60; i++) await post();
    for (let i = 0; i < 20; i++) {
      clock.advance(2000);
      assert.equal((await post()).status, 429);
    }
    clock.advance(20_000);
    assert.equal(remaining(await post()), 59);
  });

  it('tells the truth in Retry-After: the wait suffices, and a second less would not', async () => {
    const key = await bench.makeKey();
    const post = () => bench.post('{', { 'X-API-Key': key });
    for (let i = 0; i < 60; i++) {
      await post();
      clock.advance(250);
    }
    const over = await post();
    refused(over, 429, 'rate_limited');
    const wait = Number(over.headers['retry-after']);
    assert.equal(wait, 45, '60 s after the first, 15 s have passed');
    assert.equal(over.headers.ratelimit, `"ingest";r=0;t=${wait}`);
    clock.advance((wait - 1) * 1000);
    const early = await post();
    assert.deepEqual([early.status, early.headers['retry-after']], [429, '1']);
    clock.advance(1000);
    assert.equal((await post()).status, 400);
    assert.equal((await post()).headers['retry-after'], '1', 'the next place is 250 ms away');
  });

  it('says in every authenticated answer what the limit is', async () => {
    const { headers } = await bench.post(bench.run(), { 'X-API-Key': await bench.makeKey() });
    assert.deepEqual(
      ['x-ratelimit-limit', 'x-ratelimit-window', 'x-ratelimit-remaining'].map((n) => headers[n]),
      ['60', '60s', '59'],
    );
    assert.equal(headers['ratelimit-policy'], '"ingest";q=60;w=60');
    assert.equal(headers.ratelimit, '"ingest";r=59;t=60');
  });
});

describe('the rate limit and the appliance', () => {
  it('a restart keeps the window of stored runs, because a crash must not open the limit', async () => {
    const clock = new MovableClock();
    const first = await openBench(clock);
    const { key } = first;
    const { folder } = first.appliance;
    for (let i = 0; i < 60; i++) {
      await first.post(first.run());
      clock.advance(500);
    }
    assert.equal((await first.post(first.run())).headers['retry-after'], '30');
    await first.close(true);
    clock.advance(10_000);
    const second = await openBench(clock, { appliance: { folder, key } });
    try {
      const over = await second.post(second.run());
      assert.deepEqual([over.status, over.headers['retry-after']], [429, '20']);
      clock.advance(20_000);
      assert.equal((await second.post(second.run())).status, 202);
      assert.equal((await second.post(second.run())).status, 429);
      clock.advance(500);
      assert.equal((await second.post(second.run())).status, 202);
    } finally {
      await second.close();
    }
  });

  it('a restart keeps a long window too, because admissions stay as long as they count', async () => {
    const clock = new MovableClock();
    const settings = { rateLimit: '3/600s' };
    const first = await openBench(clock, { settings });
    const { key } = first;
    const { folder } = first.appliance;
    await first.post(first.run());
    clock.advance(300_000);
    await first.post(first.run());
    await first.close(true);
    const second = await openBench(clock, { settings, appliance: { folder, key } });
    try {
      const third = await second.post(second.run());
      assert.deepEqual([third.status, remaining(third)], [202, 0]);
      const over = await second.post(second.run());
      assert.deepEqual([over.status, over.headers['retry-after']], [429, '300']);
    } finally {
      await second.close();
    }
  });

  it('a wall clock that jumps changes no decision, because windows run on the other one', async () => {
    const monotonic = new MovableClock();
    let jumpMs = 0;
    const clock = Object.assign(new MovableClock(), {
      now: () => monotonic.now() + jumpMs,
      monotonic: () => monotonic.monotonic(),
    });
    const bench = await openBench(clock, { settings: { rateLimit: '2/60s' } });
    try {
      const statuses: number[] = [];
      for (jumpMs of [0, 86_400_000, -86_400_000, 3_600_000]) {
        statuses.push((await bench.post(bench.run())).status);
      }
      monotonic.advance(60_000);
      statuses.push((await bench.post(bench.run())).status);
      assert.deepEqual(statuses, [202, 202, 429, 429, 202]);
    } finally {
      await bench.close();
    }
  });

  it('another limit is told as it is, and so is none', async () => {
    for (const [rateLimit, expected] of [
      ['5/10s', ['5', '10s', '"ingest";q=5;w=10']],
      ['off', ['off', undefined, undefined]],
    ] as const) {
      const bench = await openBench(new MovableClock(), { settings: { rateLimit } });
      try {
        const { headers } = await bench.post(bench.run());
        const told = ['x-ratelimit-limit', 'x-ratelimit-window', 'ratelimit-policy'];
        assert.deepEqual(
          told.map((name) => headers[name]),
          expected,
        );
      } finally {
        await bench.close();
      }
    }
  });
});

describe('a full table', () => {
  it('refuses a new key for a second and says so once a minute, because somebody must raise it', async () => {
    const clock = new MovableClock();
    const told: string[] = [];
    const log = { ...silentLog, warn: (event: string) => told.push(event) };
    const limiter = new SlidingWindow<number>(60, 60_000, 1);
    const rate = { requests: 60, windowMs: 60_000 };
    const guard = rateLimit({ rate, limiter, clock, log } as unknown as Web);
    const post = async (keyId: number): Promise<number | undefined> => {
      const state = { principal: { kind: 'key', keyId } };
      try {
        await guard({ state, set: () => {} } as never, async () => {});
        return undefined;
      } catch (error) {
        return (error as AppError).retryAfter;
      }
    };
    assert.equal(await post(1), undefined);
    assert.deepEqual([await post(2), await post(3)], [1, 1]);
    assert.deepEqual(told, ['rate_table_full']);
    clock.advance(59_000);
    await post(1);
    clock.advance(1_000);
    await post(2);
    assert.equal(told.length, 2);
  });
});
