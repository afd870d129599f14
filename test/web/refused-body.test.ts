import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import Koa from 'koa';
import { limits } from '../../src/limits.ts';
import type { State } from '../../src/web/context.ts';
import { refusedBody } from '../../src/web/middleware/refused-body.ts';
import { closedByPeer, openRaw, request } from '../helpers/raw-http.ts';

const chunkBytes = 16 * 1024;

describe('an answer before the body', () => {
  let server: Server;
  let url: string;
  let status = 429;
  let seen = 0;

  before(async () => {
    const koa = new Koa<State>();
    koa.use(async ({ req }, next) => {
      req.on('data', (chunk: Buffer) => {
        seen += chunk.length;
      });
      req.pause();
      await next();
    });
    koa.use(refusedBody());
    koa.use((ctx) => {
      ctx.status = status;
      ctx.body = { error: 'refused' };
    });
    server = createServer(koa.callback());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Announces a body, sends so much of it, piece by piece, as long as someone listens. */
  const send = async (length: number, bytes: number) => {
    seen = 0;
    const client = await openRaw(url);
    client.send(request('POST', '/', { 'Content-Length': String(length) }));
    const { answers } = await client.read(1);
    for (let sent = 0; sent < bytes && client.socket.writable; sent += chunkBytes) {
      client.send(Buffer.alloc(chunkBytes));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closedByPeer(client);
    client.socket.destroy();
    return answers[0]!;
  };

  it('comes at once and whole, because a client that waits to be asked never sends', async () => {
    const answer = await send(10_000_000, 0);
    assert.equal(answer.status, 429);
    assert.equal(answer.body, '{"error":"refused"}');
    assert.equal(answer.headers.connection, 'close');
  });

  it('lets the client finish a small body, because a reset would lose the answer on its way', async () => {
    await send(4 * chunkBytes, 4 * chunkBytes);
    assert.equal(seen, 4 * chunkBytes);
  });

  it('reads little of a large one, because it is refused to save work', async () => {
    await send(4 << 20, 4 << 20);
    assert.ok(seen > limits.refusedBodyBytes.value, `${seen}`);
    assert.ok(seen < 1 << 20, `${seen}`);
  });

  it('reads more of one that was only too long, because many clients read no answer before', async () => {
    status = 413;
    await send(4 << 20, 4 << 20);
    status = 429;
    assert.equal(seen, 4 << 20);
  });
});
