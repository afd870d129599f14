import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempFolder } from '../helpers/run-program.ts';
import { type ApplianceProcess, startAppliance } from './appliance-process.ts';
import { assertKept } from './inspect.ts';
import { type Acked, bodyOf, eventually, post, statusOf } from './posting.ts';
import { size } from './size.ts';

describe('a stop', { timeout: size(600_000, 2_400_000) }, () => {
  const data = tempFolder();
  const running: ApplianceProcess[] = [];
  let key = '';
  const start = async () => {
    const appliance = await startAppliance({ data });
    running[0] = appliance;
    key ||= appliance.key!;
    return appliance;
  };
  after(async () => {
    for (const one of running) await one.kill();
    rmSync(data, { recursive: true, force: true });
  });

  /** A post whose last byte is held back; `finish` sends it and resolves with the status line. */
  async function slowPost(url: string): Promise<{ finish: () => Promise<string> }> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const body = bodyOf({ name: `slow${Math.random()}`, cases: 1 });
    socket.write(
      `POST /api/v1/test-runs HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, -1)}`,
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await sleep(200);
    return {
      finish: async () => {
        socket.write(body.slice(-1));
        await closed;
        return text.split('\r\n', 1)[0]!;
      },
    };
  }

  it('under load cuts no request that was begun, exits with 0 and leaves one plain file', async (t) => {
    const acked: Acked[] = [];
    let slowest = 0;
    let count = 0;
    for (let round = 0; round < size(10, 100); round++) {
      const { url, kill } = await start();
      let isStopping = false;
      let isOver = false;
      const client = async () => {
        while (!isOver) {
          const isBegun = !isStopping;
          const job = { name: `s${count++}`, cases: [0, 1, 200][count % 3]! };
          try {
            const { status, body } = await post({ url, key }, bodyOf(job));
            if (status === 202) {
              acked.push({ name: job.name, id: body.id!, cases: body.casesStored! });
            } else {
              assert.deepEqual([status, body.error?.code], [503, 'draining']);
            }
          } catch (error) {
            assert.ok(!isBegun, `a request was cut: ${error}`);
            await sleep(10);
          }
        }
      };
      const clients = Promise.all(Array.from({ length: 4 }, client));
      await sleep(200);
      const begun = performance.now();
      isStopping = true;
      const { code, stderr } = await kill('SIGTERM');
      slowest = Math.max(slowest, performance.now() - begun);
      isOver = true;
      await clients;
      assert.equal(code, 0, stderr);
      assert.equal(existsSync(join(data, 'qualitypilot.db-wal')), false);
      assert.equal(existsSync(join(data, 'qualitypilot.pid')), false);
      assertKept(data, acked);
    }
    t.diagnostic(`${acked.length} runs answered, slowest stop ${slowest.toFixed(0)} ms`);
  });

  it('says so by /readyz first, takes no new run, and waits for one that is still arriving', async () => {
    const { url, child, ended } = await start();
    const slow = await slowPost(url);
    child.kill('SIGTERM');
    await eventually('not ready', async () => (await statusOf(`${url}/readyz`)) === 503);
    assert.equal(await statusOf(`${url}/healthz`), 200);
    const refused = await post({ url, key }, bodyOf({ name: 'late', cases: 1 }));
    assert.deepEqual([refused.status, refused.body.error?.code], [503, 'draining']);
    assert.ok(refused.headers['retry-after']);
    assert.match(await slow.finish(), /^HTTP\/1.1 202/);
    assert.equal((await ended).code, 0);
  });

  it('does not wait for ever for a client that sends nothing', async () => {
    const { url, kill } = await start();
    await slowPost(url);
    assert.equal((await kill('SIGTERM')).code, 0);
  });

  it('a second signal ends it at once, and not with 0', async () => {
    const { url, child, ended } = await start();
    await slowPost(url);
    child.kill('SIGTERM');
    await eventually('not ready', async () => (await statusOf(`${url}/readyz`)) === 503);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 1);
  });

  it('SIGHUP is none, because it outlives the terminal it was started from', async () => {
    const { url, child, kill } = await start();
    child.kill('SIGHUP');
    await sleep(300);
    assert.equal(await statusOf(`${url}/readyz`), 200);
    assert.match((await kill('SIGTERM')).stderr, /hangup_ignored/);
  });

  it('only one runs on a folder; a killed one leaves it free', async () => {
    const first = await start();
    await assert.rejects(
      startAppliance({ data }),
      new RegExp(`ended with 75 null: qualitypilot: .*\\(process ${first.pid}\\)`),
    );
    assert.equal(await statusOf(`${first.url}/readyz`), 200);
    await first.kill('SIGKILL');
    const second = await start();
    assert.equal((await second.kill('SIGTERM')).code, 0);
  });
});
