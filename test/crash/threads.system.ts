import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel, Worker, type WorkerOptions } from 'node:worker_threads';
import { median } from '../../src/domain/median.ts';
import type { ExitError } from '../../src/errors.ts';
import { openStore } from '../../src/store/store.ts';
import type { Role } from '../../src/store/threads.ts';
import { seeded } from '../bench/workload.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { tempFolder } from '../helpers/run-program.ts';
import { type DeadlyWord, type Death, deathChannel } from './deaths.ts';
import { assertKept } from './inspect.ts';
import { type Acked, eventually, postUntilAnswered, statusOf } from './posting.ts';
import { size } from './size.ts';

/** How a thread may die: three ways of its own, and a hand from outside at any moment. */
const ways: readonly (Death | 'ended from outside')[] = [
  'ended from outside',
  'throw',
  'exit',
  'memory',
];
const mortal: WorkerOptions = {
  execArgv: ['--import', new URL('deadly-words.ts', import.meta.url).href],
  resourceLimits: { maxOldGenerationSizeMb: 128 },
};

describe('the death of a thread', { timeout: size(600_000, 1_200_000) }, () => {
  const threads = new Map<Role, Worker[]>();
  const onStart = (worker: Worker, role: Role) => {
    threads.set(role, [...(threads.get(role) ?? []), worker]);
    worker.once('exit', () =>
      threads.set(
        role,
        threads.get(role)!.filter((other) => other !== worker),
      ),
    );
  };
  const words = new BroadcastChannel(deathChannel);
  const folders: string[] = [];
  const opened: Appliance[] = [];
  const open = async (mostDeaths: number, onFailure: (exit: ExitError) => void) => {
    const folder = tempFolder();
    folders.push(folder);
    const app = { faults: { onStart, mostDeaths, worker: mortal }, onFailure };
    const appliance = await openAppliance({ folder, app });
    opened.push(appliance);
    return appliance;
  };
  after(async () => {
    words.close();
    for (const one of opened) await one.close(true).catch(() => {});
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('loses nothing that was answered, and another takes its place', async (t) => {
    const { url, key, folder, close } = await open(1_000_000, (exit) => assert.fail(exit));
    const random = seeded(7);
    const acked: Acked[] = [];
    let isOver = false;
    let count = 0;
    const client = async () => {
      while (!isOver) {
        const job = { name: `t${count++}`, cases: [0, 1, 200][count % 3]! };
        const done = await postUntilAnswered(() => ({ url, key }), job);
        assert.ok(done);
        acked.push(done);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    const waits: number[] = [];
    const counts = new Map<string, number>();
    for (let death = 0; death < size(12, 100); death++) {
      await sleep(100 + random() * 200);
      const role: Role = random() < 0.5 ? 'writer' : 'reader';
      const way = ways[death % ways.length]!;
      const [victim] = threads.get(role)!;
      const gone = new Promise((resolve) => victim!.once('exit', resolve));
      const before = acked.length;
      if (way === 'ended from outside') await victim!.terminate();
      else words.postMessage({ thread: victim!.threadId, death: way } satisfies DeadlyWord);
      await gone;
      counts.set(`${role} ${way}`, (counts.get(`${role} ${way}`) ?? 0) + 1);
      waits.push(
        await eventually(`a new ${role}`, async () => {
          const isBack = (await statusOf(`${url}/readyz`)) === 200;
          return isBack && acked.length > before && threads.get(role)!.length > 0;
        }),
      );
    }
    isOver = true;
    await Promise.all(clients);
    assertKept(folder, acked);
    await close(true);
    t.diagnostic([...counts].map(([what, times]) => `${what} ${times}`).join(', '));
    t.diagnostic(
      `${waits.length} deaths, ${acked.length} runs, back after ${median(waits).toFixed(0)} ms, at most ${Math.max(...waits).toFixed(0)} ms`,
    );
  });

  it('while it compresses ends no other, because a native object half made ends the process', async () => {
    for (let death = 0; death < size(30, 200); death++) {
      const worker = new Worker(new URL('packing-thread.ts', import.meta.url));
      await once(worker, 'message');
      await sleep(death % 5);
      assert.equal(await worker.terminate(), 1);
    }
  });

  it('with its first word unread is noticed, because a busy main thread hears both at once', async () => {
    const folder = tempFolder();
    folders.push(folder);
    let isFirst = true;
    const onStart = (worker: Worker, role: Role) => {
      if (role !== 'reader' || !isFirst) return;
      isFirst = false;
      const die = () => {
        worker.emit('error', new Error('a fault'));
        worker.emit('exit', 1);
        void worker.terminate();
      };
      queueMicrotask(() => worker.once('message', die));
    };
    const deaths: string[] = [];
    const { store } = await openStore({
      folder,
      nowMs: Date.now(),
      pid: process.pid,
      readers: 1,
      onFailure: assert.fail,
      onThreadDeath: (role, cause) => deaths.push(`${role}: ${cause}`),
      faults: { onStart },
    });
    await eventually('another reader', async () => {
      return (await store.listKeys(null).catch(() => [])).length > 0;
    });
    assert.deepEqual(deaths, ['reader: Error: a fault']);
    await store.close();
  });

  it('for want of memory fails what it was asked, and another takes its place', async () => {
    const folder = tempFolder();
    folders.push(folder);
    const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };
    const deaths: string[] = [];
    const { store } = await openStore({
      folder,
      nowMs: Date.now(),
      pid: process.pid,
      onFailure: assert.fail,
      onThreadDeath: (role, cause) => deaths.push(`${role}: ${cause}`),
      faults: { worker: { resourceLimits } },
    });
    const principal = {
      kind: 'key',
      keyId: 1,
      name: 'k',
      workspaceId: 1,
      scopes: ['ingest'],
      repos: [],
    } as const;
    const ingest = (run: object) =>
      store.ingest({
        principal,
        body: new TextEncoder().encode(JSON.stringify(run)),
        receivedAtMs: Date.now(),
        admittedAtMs: null,
        route: 'test-runs',
        idempotencyKey: null,
      });
    const summary = { total: 9000, passed: 0, failed: 9000 };
    const item = { name: 'é', status: 'failed', errorMessage: 'x'.repeat(1500) };
    const large = { repo: 'acme/web', summary, cases: Array(9000).fill(item) };
    await assert.rejects(ingest(large), { code: 'storage_failure' });
    await eventually('a writer', () => store.refusal === null);
    const small = { repo: 'acme/web', summary: { total: 1, passed: 1, failed: 0 } };
    assert.equal((await ingest(small)).repo, 'acme/web');
    assert.match(deaths.join(), /^writer: .*ERR_WORKER_OUT_OF_MEMORY/);
    await store.close();
  });

  it('five in a minute end the appliance, because the cause must be elsewhere', async () => {
    let exit: ExitError | null = null;
    const { url, key } = await open(5, (failure) => {
      exit = failure;
    });
    for (let death = 1; death <= 5; death++) {
      assert.equal(exit, null, `after ${death - 1} deaths`);
      await eventually('a writer', () => (threads.get('writer') ?? []).length > 0);
      await threads.get('writer')![0]!.terminate();
      if (death < 5) {
        await eventually('ready', async () => (await statusOf(`${url}/readyz`)) === 200);
      }
    }
    await eventually('the exit', () => exit !== null);
    assert.equal(exit!.code, 74);
    assert.match(exit!.message, /5 threads of the store died within a minute/);
    assert.equal(await statusOf(`${url}/readyz`), 503);
    assert.equal(await postUntilAnswered(() => ({ url, key }), { name: 'x', cases: 1 }, 1), null);
    assert.equal(await statusOf(`${url}/healthz`), 200);
  });

  it('of a reader during the start ends the start and leaves the folder free', async () => {
    const folder = tempFolder();
    folders.push(folder);
    const options = { folder, nowMs: Date.now(), pid: process.pid, readers: 2 };
    const kill = (worker: Worker, role: Role) => role === 'reader' && void worker.terminate();
    await assert.rejects(
      openStore({ ...options, onFailure: assert.fail, faults: { onStart: kill } }),
      /the reader thread ended/,
    );
    const { store } = await openStore({ ...options, onFailure: assert.fail });
    await store.close();
  });
});
