import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Web } from '../../src/web/context.ts';
import { routes } from '../../src/web/routes.ts';
import { createWebServer } from '../../src/web/server.ts';
import { Bench, postPath, refused } from '../bad-inputs/bench.ts';
import { openRaw, type RawAnswer, request, talk } from '../helpers/raw-http.ts';

const html = { Accept: 'text/html' };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

describe('the web server', () => {
  let bench: Bench;
  let id: string;
  before(async () => {
    bench = await Bench.open();
    id = (JSON.parse((await bench.post(bench.oneCase())).body) as { id: string }).id;
  });
  after(() => bench.close());

  /** without the look at every answer, which pages would not pass */
  const ask = async (bytes: Uint8Array | string): Promise<RawAnswer> =>
    (await talk(bench.url, bytes)).answers[0]!;
  const get = (path: string, headers: Record<string, string> = {}) =>
    ask(request('GET', path, { 'X-API-Key': bench.key, ...headers }));

  it('sends the security headers with every answer, because an error page can be framed too', async () => {
    const answers = {
      page: await get('/docs/api', html),
      'to the login': await get('/', html),
      run: await get(`/r/acme/web/-/runs/${id}`, html),
      'error page': await get('/nowhere', html),
      json: await get('/api/v1/repos'),
      'json error': await get('/api/v1/nowhere'),
      document: await get('/api/v1/openapi.json'),
      health: await get('/healthz'),
      asset: await get((await get('/docs/api', html)).body.match(/\/assets\/[^"]+/)![0]),
      'no HTTP': await ask('nonsense\r\n\r\n'),
      'too long': await get('/', { X: 'a'.repeat(20_000) }),
      'wrong host': await get('/', { Host: '' }),
      head: await ask(request('HEAD', '/healthz')),
    };
    const caching: Record<string, string> = {
      json: 'private, no-cache',
      document: 'public, max-age=300',
      asset: 'public, max-age=31536000, immutable',
    };
    for (const [what, { headers }] of Object.entries(answers)) {
      assert.equal(headers['content-security-policy'], policy, what);
      assert.equal(headers['x-content-type-options'], 'nosniff', what);
      const isPage = headers['content-type']?.startsWith('text/html') && !headers.location;
      const referrer = isPage ? 'same-origin' : 'no-referrer';
      assert.equal(headers['referrer-policy'], referrer, what);
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin', what);
      const resource = what === 'document' ? 'cross-origin' : 'same-origin';
      assert.equal(headers['cross-origin-resource-policy'], resource, what);
      assert.equal(headers['cache-control'], caching[what] ?? 'no-store', what);
      for (const name of ['server', 'x-powered-by', 'strict-transport-security', 'set-cookie']) {
        assert.equal(headers[name], undefined, `${what}: ${name}`);
      }
    }
  });

  it('allows other origins the OpenAPI document only, because keys must not be used by a web page', async () => {
    const origin = { Origin: 'https://elsewhere.example' };
    const document = await get('/api/v1/openapi.json', origin);
    assert.equal(document.headers['access-control-allow-origin'], '*');
    assert.equal(document.headers['access-control-allow-credentials'], undefined);
    const preflight = { ...origin, 'Access-Control-Request-Method': 'POST' };
    const others = [
      await get('/', origin),
      await get('/healthz', origin),
      await get('/api/v1/repos', origin),
      await get(`${postPath}/${id}`, origin),
      await bench.post(bench.run(), origin),
      await bench.post('{', origin),
      await ask(request('OPTIONS', postPath, preflight)),
    ];
    for (const { headers } of others) {
      const allowing = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
      assert.deepEqual(allowing, []);
    }
  });

  it('answers HEAD as GET without a body, because monitors ask so', async () => {
    for (const path of ['/', '/healthz', '/api/v1/openapi.json', '/api/v1/repos', '/nowhere']) {
      const full = await get(path);
      const { answers, text } = await talk(
        bench.url,
        request('HEAD', path, { 'X-API-Key': bench.key }),
      );
      assert.equal(answers[0]!.status, full.status, path);
      assert.match(text, /\r\n\r\n$/, 'nothing follows the headers');
      assert.equal(answers[0]!.headers['content-type'], full.headers['content-type'], path);
    }
    refused(await ask(request('POST', '/healthz')), 405, 'method_not_allowed');
  });

  it('names in Allow what each path takes, for every method that it does not', async () => {
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
    const plain = routes.flatMap(({ method, path }) =>
      typeof path === 'string' ? [{ method: method.toUpperCase(), path }] : [],
    );
    const takenBy = (target: string): Set<string> => {
      const matching = plain.filter(({ path }) =>
        new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`).test(target),
      );
      const found = new Set(matching.map(({ method }) => method));
      return found.has('GET') ? found.add('HEAD') : found;
    };
    const targets = new Set(plain.map(({ path }) => path.replaceAll(/:\w+/g, 'x')));
    for (const target of targets) {
      const found = takenBy(target);
      for (const method of methods.filter((one) => !found.has(one) && one !== 'HEAD')) {
        const answer = await ask(request(method, target));
        refused(answer, 405, 'method_not_allowed');
        const allowed = answer.headers.allow!.split(', ').sort();
        assert.deepEqual(allowed, [...found].sort(), `${method} ${target}`);
      }
    }
  });

  it('tells people in a page and programs in JSON what went wrong', async () => {
    const page = await get('/nowhere', html);
    assert.deepEqual(
      [page.status, page.headers['content-type']],
      [404, 'text/html; charset=utf-8'],
    );
    refused(await get('/nowhere'), 404, 'not_found');
    refused(await get('/api/v1/nowhere', html), 404, 'not_found');
  });

  it('is healthy and ready, and while it shuts down healthy only', async () => {
    const other = await Bench.open();
    assert.equal((await other.get('/readyz')).body, '{"status":"ready"}');
    assert.equal((await other.post(other.run())).status, 202);
    const begun = await other.connect();
    const post = request('POST', postPath, other.headers(), JSON.stringify(other.run()));
    begun.send(post.subarray(0, -1));
    await other.get('/healthz');
    const closed = other.close();
    const notReady = await other.get('/readyz');
    refused(notReady, 503, 'draining');
    assert.equal((await other.get('/healthz')).body, '{"status":"ok"}');
    refused(await other.post(other.run()), 503, 'draining');
    begun.send(post.subarray(-1));
    const { answers } = await begun.read(1);
    assert.equal(answers[0]!.status, 202, 'what was begun is finished');
    begun.socket.destroy();
    await closed;
    await assert.rejects(openRaw(other.url), { code: 'ECONNREFUSED' });
  });

  it('waits longer for a report that streams in than for other bodies, because it may be huge', async () => {
    const patience = { requestMs: 300, stallMs: 500, checkEveryMs: 50 };
    const slow = await Bench.open({ app: { patience } });
    try {
      const send = async (path: string, type: string, text: string): Promise<RawAnswer> => {
        const bytes = request('POST', path, slow.headers({ 'Content-Type': type }), text);
        const connection = await slow.connect();
        connection.send(bytes.subarray(0, -10));
        await sleep(800);
        connection.send(bytes.subarray(-10));
        const { answers } = await connection.read(1);
        connection.socket.destroy();
        slow.note(answers[0]!, bytes);
        return answers[0]!;
      };
      const junit = '<testsuite name="s"><testcase name="n" classname="c"/></testsuite>';
      const [report, run] = await Promise.all([
        send(`${postPath}/junit?repo=acme%2Fweb`, 'application/xml', junit),
        send(postPath, 'application/json', JSON.stringify(slow.run())),
      ]);
      assert.equal(report.status, 202, report.body);
      refused(run, 408, 'timeout');
      assert.equal(run.headers['x-ratelimit-limit'], '60');
      await slow.verify();
    } finally {
      await slow.close();
    }
  });

  it('waits so long for a slow client, and takes so many connections', () => {
    const open = (proxies: BlockList) =>
      createWebServer({ trustedProxies: proxies, rate: 'off', limiter: null } as unknown as Web);
    const server = open(new BlockList());
    assert.equal(server.headersTimeout, 10_000);
    assert.equal(server.requestTimeout, 120_000);
    assert.equal(server.timeout, 60_000);
    assert.equal(server.keepAliveTimeout, 5000);
    assert.equal(server.maxRequestsPerSocket, 1000);
    assert.equal(server.maxConnections, 4000);
    const proxies = new BlockList();
    proxies.addAddress('10.0.0.1');
    assert.equal(open(proxies).keepAliveTimeout, 65_000, 'longer than the proxy keeps it');
  });
});
