import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AppError } from '../../src/errors.ts';
import { ByteBudget } from '../../src/web/byte-budget.ts';
import type { Ctx, Web } from '../../src/web/context.ts';
import { type Body, readBody, streamBody } from '../../src/web/middleware/body.ts';
import { openRaw, request, talk } from '../helpers/raw-http.ts';

const MiB = 1 << 20;
const json = { 'Content-Type': 'application/json' };
const gzip = { ...json, 'Content-Encoding': 'gzip' };

describe('reading a body', () => {
  let server: Server;
  let url: string;
  const budget = new ByteBudget(20 * MiB);
  /** what became of each request, in order */
  const outcomes: (Body | AppError | number)[] = [];

  const read = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const ctx = { req, res } as unknown as Ctx;
    try {
      if (req.url === '/stream') {
        let bytes = 0;
        for await (const chunk of streamBody(ctx, MiB)) bytes += chunk.length;
        outcomes.push(bytes);
      } else outcomes.push(await readBody(ctx, { budget } as Web));
    } catch (error) {
      assert.ok(error instanceof AppError, String(error));
      outcomes.push(error);
    }
    res.setHeader('Connection', 'close');
    res.end();
  };

  before(async () => {
    server = createServer(read);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const outcome = async (path: string, bytes: Uint8Array): Promise<(typeof outcomes)[number]> => {
    await talk(url, bytes);
    assert.equal(outcomes.length, 1, path);
    return outcomes.pop()!;
  };
  const post = (body: Uint8Array | string, headers: Record<string, string> = json, path = '/') =>
    outcome(path, request('POST', path, headers, body));

  it('holds its bytes until they are released, because the writer still needs them', async () => {
    const body = (await post('x'.repeat(1000))) as Body;
    assert.equal(Buffer.from(body.bytes).toString(), 'x'.repeat(1000));
    assert.equal(budget.used, 1000);
    body.release();
    body.release();
    assert.equal(budget.used, 0);
  });

  it('holds what a compressed body unfolds to, because that is what fills the memory', async () => {
    const body = (await post(gzipSync(Buffer.alloc(5000)), gzip)) as Body;
    assert.equal(budget.used, 5000);
    body.release();
  });

  it('owns its memory whole, because it is transferred to another thread', async () => {
    const body = (await post('{}')) as Body;
    assert.equal(body.bytes.buffer.byteLength, 2);
    body.release();
  });

  it('gives everything back when it fails, however it fails', async () => {
    const half = gzipSync(Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))));
    for (const [bytes, code] of [
      [request('POST', '/', { ...json, 'Content-Length': '17000000' }), 'too_large'],
      [request('POST', '/', gzip, gzipSync(Buffer.alloc(17 * MiB))), 'too_large'],
      [request('POST', '/', gzip, half.subarray(0, 50_000)), 'invalid_encoding'],
      [request('POST', '/', gzip, 'no gzip'), 'invalid_encoding'],
    ] as const) {
      const error = await outcome(code, bytes);
      assert.equal((error as AppError).code, code);
      assert.equal(budget.used, 0, code);
    }
  });

  it('gives everything back when the client goes in the middle', async () => {
    for (const headers of [json, gzip]) {
      const connection = await openRaw(url);
      const bytes = gzipSync(crypto.getRandomValues(new Uint8Array(60_000)));
      const length = { ...headers, 'Content-Length': '200000' };
      connection.send(request('POST', '/', length, bytes.subarray(0, 40_000)));
      while (budget.used === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      connection.socket.destroy();
      while (outcomes.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((outcomes.pop() as AppError).code, 'incomplete_body');
      assert.equal(budget.used, 0);
    }
  });

  it('is refused for the moment when all bodies together are too much; they go on', async () => {
    const first = (await post(Buffer.alloc(12 * MiB, ' '))) as Body;
    const second = (await post(Buffer.alloc(12 * MiB, ' '))) as AppError;
    assert.deepEqual([second.code, second.status, second.retryAfter], ['busy', 503, 1]);
    assert.equal(budget.used, 12 * MiB);
    const small = (await post('{}')) as Body;
    small.release();
    first.release();
    assert.equal(budget.used, 0);
  });

  it('as a stream it is capped, inflated and as it came, because either may be endless', async () => {
    const stream = (body: Uint8Array, headers: Record<string, string>) =>
      post(body, headers, '/stream');
    assert.equal(await stream(Buffer.alloc(MiB), json), MiB);
    assert.equal(await stream(gzipSync(Buffer.alloc(MiB)), gzip), MiB);
    const nothing = gzipSync('');
    const endless = Buffer.concat(Array(Math.ceil((2 * MiB) / nothing.length)).fill(nothing));
    const chunked = { ...gzip, 'Transfer-Encoding': 'chunked' };
    const chunks = Buffer.concat([
      Buffer.from(`${endless.length.toString(16)}\r\n`),
      endless,
      Buffer.from('\r\n0\r\n\r\n'),
    ]);
    for (const [bytes, headers] of [
      [Buffer.alloc(MiB + 1), json],
      [gzipSync(Buffer.alloc(MiB + 1)), gzip],
      [chunks, chunked],
    ] as const) {
      assert.equal(((await stream(bytes, headers)) as AppError).code, 'too_large');
    }
  });
});
