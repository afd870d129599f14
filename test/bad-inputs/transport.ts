import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { closedByPeer, request } from '../helpers/raw-http.ts';
import { accepted, Bench, postPath, type Row, refused } from './bench.ts';

const run = '{"repo":"acme/web","summary":{"total":1,"passed":1,"failed":0}}';
const quick = { headersMs: 300, requestMs: 600, checkEveryMs: 50 };

/** Refused by 400, and the connection with it. */
async function badRequest(bench: Bench, bytes: string | Uint8Array): Promise<void> {
  const { answers, isClosed } = await bench.talk(bytes, { expect: 2 });
  assert.equal(answers.length, 1);
  refused(answers[0]!, 400, 'bad_request');
  assert.equal(answers[0]!.headers.connection, 'close');
  assert.ok(isClosed);
}

export const transport: Row[] = [
  {
    number: 1,
    input: 'no Host',
    expected: '400',
    test: (bench) => badRequest(bench, `GET /healthz HTTP/1.1\r\n\r\n`),
  },
  {
    number: 2,
    input: 'two Host headers',
    expected: '400',
    test: async (bench) => {
      for (const second of ['localhost', 'evil']) {
        await badRequest(
          bench,
          request('GET', '/healthz', [
            ['Host', 'localhost'],
            ['host', second],
          ]),
        );
      }
    },
  },
  {
    number: 3,
    input: 'Host: evil:fake@good, or otherwise no host',
    expected: '400, and never in a link',
    test: async (bench) => {
      for (const host of ['evil:fake@good', 'a b', 'a/b', 'a,b', '', 'a:b', '[::1', 'ä', '<x>']) {
        await badRequest(bench, request('GET', '/healthz', { Host: host }));
      }
      const answer = await bench.post(bench.run(), { Host: 'evil.example' });
      assert.match(JSON.parse(answer.body).url, /^http:\/\/127\.0\.0\.1:/);
    },
  },
  {
    number: 4,
    input: 'Content-Length and Transfer-Encoding',
    expected: '400',
    test: (bench) => {
      const headers = bench.headers({ 'Content-Length': '5', 'Transfer-Encoding': 'chunked' });
      return badRequest(bench, request('POST', postPath, headers, '0\r\n\r\n'));
    },
  },
  {
    number: 5,
    input: 'two different Content-Length; −1; 1e3',
    expected: '400',
    test: async (bench) => {
      for (const lengths of [['63', '64'], ['-1'], ['1e3'], ['0x3f'], ['+63'], ['6 3']]) {
        const headers = Object.entries(bench.headers());
        for (const length of lengths) headers.push(['Content-Length', length]);
        await badRequest(bench, request('POST', postPath, headers, run));
      }
    },
  },
  {
    number: 6,
    input: 'Transfer-Encoding: xchunked',
    expected: '400',
    test: async (bench) => {
      for (const encoding of ['xchunked', 'chunked, identity', 'gzip']) {
        const headers = bench.headers({ 'Transfer-Encoding': encoding });
        await badRequest(bench, request('POST', postPath, headers, '0\r\n\r\n'));
      }
    },
  },
  {
    number: 7,
    input: 'bare LF; a folded header; a space before the colon; NUL in a value',
    expected: '400',
    test: async (bench) => {
      await badRequest(bench, 'GET /healthz HTTP/1.1\nHost: a\n\n');
      await badRequest(bench, 'GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n');
      await badRequest(bench, 'GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n');
      await badRequest(bench, 'GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\0c\r\n\r\n');
    },
  },
  {
    number: 8,
    input: 'a header of 20 kB; 3,000 headers',
    expected: '431',
    test: async (bench) => {
      const many = Array.from({ length: 3000 }, (_, i): [string, string] => [`X-${i}`, 'a']);
      for (const headers of [{ X: 'a'.repeat(20_000) }, many]) {
        refused(await bench.raw(request('GET', '/healthz', headers)), 431, 'headers_too_large');
      }
    },
  },
  {
    number: 9,
    input: 'a header named __proto__',
    expected: '401 without a key, else as if it were not there',
    test: async (bench) => {
      const odd = { __proto__x: 'x', constructor: 'y' };
      const named = (headers: Record<string, string>) =>
        [...Object.entries(headers), ['__proto__', 'polluted']] as [string, string][];
      const body = JSON.stringify(bench.run());
      const without = bench.headers({ 'X-API-Key': undefined, ...odd });
      refused(
        await bench.raw(request('POST', postPath, named(without), body)),
        401,
        'unauthorized',
      );
      accepted(await bench.raw(request('POST', postPath, named(bench.headers(odd)), body)));
      assert.equal(({} as { polluted?: string }).polluted, undefined);
    },
  },
  {
    number: 10,
    input: 'HTTP/0.9, HTTP/2.0, HTTP/1.2',
    expected: '400',
    test: async (bench) => {
      for (const line of [
        'GET /healthz',
        'GET /healthz HTTP/0.9',
        'GET /healthz HTTP/1.2',
        'GET /healthz HTTP/2.0',
        'PRI * HTTP/2.0',
      ]) {
        await badRequest(bench, `${line}\r\nHost: a\r\n\r\n`);
      }
    },
  },
  {
    number: 11,
    input: 'TRACE; CONNECT; an unknown method; a known one that the route has not',
    expected: '405 with Allow; CONNECT is closed',
    test: async (bench) => {
      for (const [method, target, allow] of [
        ['TRACE', '/healthz', 'GET, HEAD, POST'],
        ['PROPFIND', '/healthz', 'GET, HEAD, POST'],
        ['FOO', '/healthz', 'GET, HEAD, POST'],
        ['get', '/healthz', 'GET, HEAD, POST'],
        ['DELETE', postPath, 'POST'],
        ['POST', '/healthz', 'HEAD, GET'],
      ] as const) {
        const answer = await bench.raw(request(method, target));
        refused(answer, 405, 'method_not_allowed');
        assert.equal(answer.headers.allow, allow, `${method} ${target}`);
      }
      const { answers, isClosed } = await bench.talk(request('CONNECT', 'evil:443'));
      assert.deepEqual([answers, isClosed], [[], true]);
    },
  },
  {
    number: 12,
    input: 'an absolute URI as the target',
    expected: '400',
    test: async (bench) => {
      await badRequest(bench, request('GET', 'http://evil/healthz'));
      await badRequest(bench, request('GET', 'http://localhost/healthz'));
      await badRequest(bench, request('OPTIONS', '*'));
    },
  },
  {
    number: 13,
    input: '//evil.com/.., %2e%2e, %zz, %00, a backslash in the path',
    expected: '404 or 400; never a file',
    test: async (bench) => {
      for (const target of ['//evil.com/..', '/%zz', '/r/acme/%zz', '/a%00', '/a\\b', '/a%5Cb']) {
        await badRequest(bench, request('GET', target));
      }
      await badRequest(bench, request('GET', `${postPath}/%ff`, bench.headers()));
      for (const target of [
        '/%2e%2e/package.json',
        '/../../etc/passwd',
        '/..%2f..%2fetc%2fpasswd',
        '/assets/../package.json',
        '/assets/..%2f..%2fpackage.json/x',
        '/assets/%2e%2e/package.json',
        '/:id',
        '/api/v1/*',
      ]) {
        refused(await bench.raw(request('GET', target)), 404, 'not_found');
      }
    },
  },
  {
    number: 14,
    input: 'Expect: bogus',
    expected: '417',
    test: async (bench) => {
      refused(await bench.post(bench.run(), { Expect: 'bogus' }), 417, 'expectation_failed');
    },
  },
  {
    number: 15,
    input: 'Expect: 100-continue with a bad key, or over the rate',
    expected: '401 or 429 without 100 before; with a good key 100, then 202',
    test: async (bench) => {
      const body = JSON.stringify(bench.run());
      const head = (more: Record<string, string>) =>
        request(
          'POST',
          postPath,
          bench.headers({ Expect: '100-continue', 'Content-Length': `${body.length}`, ...more }),
        );
      const bad = await bench.talk(head({ 'X-API-Key': 'nonsense' }));
      refused(bad.answers[0]!, 401, 'unauthorized');
      assert.match(bad.text, /^HTTP\/1\.1 401/);
      const typed = await bench.talk(head({ 'Content-Type': 'text/plain' }));
      assert.match(typed.text, /^HTTP\/1\.1 415/);
      const good = await bench.connect();
      const asked = head({});
      good.send(asked);
      const [first] = (await once(good.socket, 'data')) as [Buffer];
      assert.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
      good.send(body);
      const { answers } = await good.read(1);
      good.socket.destroy();
      bench.note(answers[0]!, asked);
      accepted(answers[0]!);
      await exhaust(bench, async (key) => {
        const over = await bench.talk(head({ 'X-API-Key': key }));
        refused(over.answers[0]!, 429, 'rate_limited');
        assert.match(over.text, /^HTTP\/1\.1 429/);
      });
    },
  },
  {
    number: 16,
    input: 'a chunk size that overflows; a chunk extension of 40 kB',
    expected: '400; 413',
    test: async (bench) => {
      const headers = bench.headers({ 'Transfer-Encoding': 'chunked' });
      const post = (chunks: string) => bench.raw(request('POST', postPath, headers, chunks));
      refused(await post('fffffffffffffffff\r\n{'), 400, 'bad_request');
      refused(await post('-1\r\n{'), 400, 'bad_request');
      const extension = `1;${'a'.repeat(40_000)}\r\n{\r\n0\r\n\r\n`;
      refused(await post(extension), 413, 'too_large');
    },
  },
  {
    number: 17,
    input: 'a body shorter than its Content-Length, then FIN',
    expected: '400; nothing stored',
    test: async (bench) => {
      for (const body of [run, run.slice(0, 20), '']) {
        const headers = bench.headers({ 'Content-Length': `${run.length + 10}` });
        const bytes = request('POST', postPath, headers, body);
        refused(await bench.raw(bytes, { fin: true }), 400, 'bad_request');
      }
    },
  },
  {
    number: 18,
    input: 'headers that drip',
    expected: '408 at the header timeout',
    test: () =>
      withPatience(async (bench) => {
        const slow = await bench.connect();
        const bytes = request('GET', '/healthz', { X: 'a'.repeat(4000) });
        drip(slow.socket, bytes);
        const { answers } = await slow.read(1);
        bench.note(answers[0]!, bytes);
        refused(answers[0]!, 408, 'timeout');
        await closedByPeer(slow);
        slow.socket.destroy();
      }),
  },
  {
    number: 19,
    input: 'a body that drips',
    expected: '408 at the request timeout',
    test: () =>
      withPatience(async (bench) => {
        const slow = await bench.connect();
        const bytes = request('POST', postPath, bench.headers({ 'Content-Length': '10000' }));
        slow.send(bytes);
        drip(slow.socket, Buffer.alloc(5000, ' '));
        const { answers } = await slow.read(1);
        bench.note(answers[0]!, bytes);
        refused(answers[0]!, 408, 'timeout');
        assert.equal(answers[0]!.headers['x-ratelimit-remaining'], '59', 'it counts');
        await closedByPeer(slow);
        slow.socket.destroy();
      }),
  },
  {
    number: 20,
    input: 'a client that closes after sending all, before 202',
    expected: 'stored once; a line in the log; a retry with its Idempotency-Key gives the same id',
    test: async (bench) => {
      const body = bench.run();
      const headers = { 'Idempotency-Key': 'left early' };
      const { store } = bench.appliance;
      const { ingest } = store;
      const client = await bench.connect();
      let left = '';
      store.ingest = async (job) => {
        const stored = await ingest(job);
        left = stored.id;
        client.socket.destroy();
        await sleep(100);
        return stored;
      };
      client.send(request('POST', postPath, bench.headers(headers), JSON.stringify(body)));
      await until(() => bench.log.some((line) => line.includes('answer_unread')));
      store.ingest = ingest;
      const again = accepted(await bench.post(body, headers));
      assert.equal(again.id, left);
      assert.ok(bench.log.some((line) => line.includes('answer_unread') && line.includes(left)));
    },
  },
  {
    number: 21,
    input: 'a TLS hello on the plain port; random bytes; garbage after a good request',
    expected: '400, closed; never a false answer to the good one',
    test: async (bench) => {
      await badRequest(bench, Buffer.from('16030100a5010000a10303', 'hex'));
      await badRequest(bench, Buffer.from([1, 2, 3, 200, 100, 13, 10, 13, 10]));
      const headers = bench.headers({ 'Idempotency-Key': 'before garbage' });
      const body = JSON.stringify(bench.run());
      const good = request('POST', postPath, headers, body);
      const { answers } = await bench.talk(Buffer.concat([good, Buffer.from('\0\0garbage')]));
      assert.deepEqual(
        answers.map(({ status }) => status).filter((status) => status !== 202),
        [],
        'no answer is better than a wrong one',
      );
      accepted(await bench.raw(good));
    },
  },
  {
    number: 22,
    input: '1,000 pipelined posts in one packet',
    expected: 'answered in order, limited, the connection closed after 1,000',
    test: async (bench) => {
      const key = await bench.makeKey();
      const posts = Array.from({ length: 1000 }, (_, i) => {
        const body = JSON.stringify(bench.run({ repo: i % 2 === 0 ? 'acme/even' : 'acme/odd' }));
        return request('POST', postPath, bench.headers({ 'X-API-Key': key }), body);
      });
      bench.paceMs = 0;
      const { answers } = await bench.talk(Buffer.concat(posts), { expect: 1000 });
      bench.paceMs = 3000;
      assert.equal(answers.at(-2)!.headers.connection, 'keep-alive');
      assert.equal(answers.at(-1)!.headers.connection, 'close');
      const statuses = answers.map(({ status }) => status);
      assert.deepEqual(statuses.slice(0, 60), Array(60).fill(202));
      assert.ok(statuses.slice(60).every((status) => status === 429));
      answers.slice(0, 60).forEach(({ body }, i) => {
        assert.match(body, i % 2 === 0 ? /acme\/even/ : /acme\/odd/);
      });
    },
  },
  {
    number: 23,
    input: 'Content-Length: 4294967296',
    expected: '413 at once, Connection: close',
    test: async (bench) => {
      const headers = bench.headers({ 'Content-Length': '4294967296' });
      const answer = await bench.raw(request('POST', postPath, headers));
      refused(answer, 413, 'too_large');
      assert.equal(answer.headers.connection, 'close');
    },
  },
  {
    number: 24,
    input: 'X-Forwarded-For from an untrusted peer, from a trusted one, of 2 kB of commas',
    expected: 'ignored; the rightmost address that is no proxy; no slow pattern',
    test: async (bench) => {
      bench.paceMs = 0;
      const guess = (on: Bench, hops: string) =>
        on.post(on.run(), { 'X-API-Key': 'nonsense', 'X-Forwarded-For': hops });
      bench.clock.advance(60_000);
      for (let i = 0; i < 30; i++) refused(await guess(bench, `10.0.0.${i}`), 401, 'unauthorized');
      refused(await guess(bench, '10.9.9.9'), 429, 'rate_limited');
      bench.paceMs = 3000;
      bench.clock.advance(60_000);

      const settings = { trustedProxies: '127.0.0.0/8,10.0.0.0/8' };
      const behind = await Bench.open({ settings });
      try {
        behind.paceMs = 0;
        for (let i = 0; i < 30; i++) await guess(behind, `1.1.1.${i}, 203.0.113.7, 10.0.0.${i}`);
        refused(await guess(behind, '203.0.113.7'), 429, 'rate_limited');
        refused(await guess(behind, '203.0.113.7, 203.0.113.8'), 401, 'unauthorized');
        refused(await guess(behind, ','.repeat(2000)), 401, 'unauthorized');
        refused(await guess(behind, `1.1.1.1${', 10.0.0.1'.repeat(200)}`), 401, 'unauthorized');
        await behind.verify();
      } finally {
        await behind.close();
      }
    },
  },
];

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, 'it never came');
    await sleep(5);
  }
}

/** One byte every 20 ms, until it is cut. */
function drip(socket: Socket, bytes: Uint8Array): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.writable && at < bytes.length) socket.write(bytes.subarray(at, ++at));
    else clearInterval(timer);
  }, 20);
  socket.once('close', () => clearInterval(timer));
}

async function withPatience(test: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.open({ app: { patience: quick } });
  try {
    await test(bench);
    await bench.verify();
  } finally {
    await bench.close();
  }
}

/** Uses up the window of a fresh key. */
async function exhaust(bench: Bench, over: (key: string) => Promise<void>): Promise<void> {
  const key = await bench.makeKey();
  bench.paceMs = 0;
  const posts = Array.from({ length: 60 }, () =>
    request('POST', postPath, bench.headers({ 'X-API-Key': key }), '{}'),
  );
  await bench.talk(Buffer.concat(posts), { expect: 60 });
  await over(key);
  bench.paceMs = 3000;
}
