import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../bench/workload.ts';
import { builtBinary } from '../helpers/binary.ts';
import { tempFolder } from '../helpers/run-program.ts';
import { type ApplianceProcess, startAppliance } from './appliance-process.ts';
import { assertKept } from './inspect.ts';
import { type Acked, bodyOf, type Job, post, postUntilAnswered, type Target } from './posting.ts';
import { size } from './size.ts';

const sizes = [0, 0, 1, 1, 200, 200, 200, 10_000];

describe('kill -9', { timeout: size(600_000, 7_200_000) }, () => {
  const folders: string[] = [];
  const running: ApplianceProcess[] = [];
  const newFolder = () => {
    const folder = tempFolder();
    folders.push(folder);
    return folder;
  };
  after(async () => {
    for (const one of running) await one.kill();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('a run that was answered survives it, whole and once, because 202 is a promise', async (t) => {
    const data = newFolder();
    const command = [builtBinary()];
    const random = seeded(1);
    const acked = new Map<string, Acked>();
    let open: Job[] = [];
    let count = 0;
    let key = '';
    let slowest = 0;
    for (let cycle = 0; cycle < size(25, 500); cycle++) {
      const appliance = await startAppliance({ data, command });
      running[0] = appliance;
      key ||= appliance.key!;
      slowest = Math.max(slowest, appliance.readyMs);
      // A look at everything costs more the more there is: in a long series not at every start.
      if (cycle < 25 || cycle % 25 === 0) assertKept(data, acked.values());
      const target: Target = { url: appliance.url, key };
      const left: Job[] = [];
      let isOver = false;
      const client = async () => {
        while (!isOver) {
          const job = open.pop() ?? {
            name: `c${count++}`,
            cases: sizes[Math.floor(random() * sizes.length)]!,
          };
          try {
            const { status, body } = await post(target, bodyOf(job), {
              'idempotency-key': job.name,
            });
            assert.equal(status, 202, JSON.stringify(body));
            acked.set(job.name, { name: job.name, id: body.id!, cases: body.casesStored! });
          } catch (error) {
            if (error instanceof assert.AssertionError) throw error;
            left.push(job);
          }
        }
      };
      const clients = Array.from({ length: 8 }, client);
      await sleep(20 + random() * 1480);
      isOver = true;
      await appliance.kill();
      await Promise.all(clients);
      open = [...open, ...left];
    }
    const appliance = await startAppliance({ data, command });
    running[0] = appliance;
    for (const job of open) {
      const done = await postUntilAnswered(() => ({ url: appliance.url, key }), job);
      assert.ok(done, `${job.name} was never answered`);
      acked.set(job.name, done);
    }
    const stored = assertKept(data, acked.values());
    assert.equal(stored.length, acked.size, 'stored runs that nobody posted');
    await appliance.kill('SIGTERM');
    t.diagnostic(`${acked.size} runs answered, slowest ready after ${slowest.toFixed(0)} ms`);
  });

  it('a post that is repeated has one effect, because its answer may be lost on the way', async (t) => {
    const data = newFolder();
    let appliance = await startAppliance({ data });
    running[1] = appliance;
    const key = appliance.key!;
    const random = seeded(2);
    let cuts = 0;
    const proxy = createServer((client) => {
      const server = connect(Number(new URL(appliance.url).port), '127.0.0.1');
      const isCut = random() < 0.4;
      client.pipe(server);
      server.on('data', (chunk) => {
        if (!isCut) return void client.write(chunk);
        cuts++;
        client.destroy();
      });
      server.on('end', () => client.end());
      for (const socket of [client, server]) {
        socket.on('error', () => {});
        socket.on('close', () => (socket === client ? server : client).destroy());
      }
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    const url = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`;
    const total = 1000;
    const jobs = Array.from({ length: total }, (_, i) => ({ name: `d${i}`, cases: i % 3 }));
    const acked: Acked[] = [];
    try {
      const client = async () => {
        for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
          const done = await postUntilAnswered(() => ({ url, key }), job);
          assert.ok(done, `${job.name} was never answered`);
          acked.push(done);
        }
      };
      const clients = Promise.all(Array.from({ length: 8 }, client));
      for (let kills = 1; kills <= 3; kills++) {
        while (acked.length < (total * kills) / 4) await sleep(20);
        await appliance.kill();
        appliance = await startAppliance({ data });
        running[1] = appliance;
      }
      await clients;
    } finally {
      proxy.close();
    }
    assert.equal(assertKept(data, acked).length, total);
    assert.ok(cuts > total / 4, `only ${cuts} answers were cut`);
    const again = await post({ url: appliance.url, key }, bodyOf({ name: 'other', cases: 3 }), {
      'idempotency-key': 'd1',
    });
    assert.equal(again.status, 409);
    await appliance.kill('SIGTERM');
    t.diagnostic(`${total} runs, ${cuts} answers cut, 3 kills`);
  });
});
