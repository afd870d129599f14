import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SignAllIn } from '../helpers/many-visitors.ts';
import { printed, type Running, startProgram, tempFolder } from '../helpers/run-program.ts';
import { Visitor } from '../helpers/visitor.ts';

const password = 'a few plain words';
const people = 50;
const rounds = 3;
const everyMs = 20;
/** Above this the figures are those of the machine's other work. */
const quiet = 2.5;
const wait = { timeout: 300_000 };

describe('signing in beside runs that come in', () => {
  const folder = tempFolder();
  let running: Running;
  /** a process apart, so that only the appliance is slowed by them */
  let visitors: ChildProcess;
  let url: string;
  let key: string;

  before(async () => {
    const settings = ['--port', '0', '--data', join(folder, 'data'), '--rate-limit', 'off'];
    running = startProgram([...settings, '--log-level', 'warn']);
    url = (await printed(running, /is ready at (\S+)/))[1]!;
    key = (await printed(running, /API key +(qlens_\w+)/))[1]!;
    const [, token] = await printed(running, /\/setup\?token=(\S+)/);
    const fields = { token: token!, workspace: 'Acme', name: '', login: 'ada', password };
    const { status } = await new Visitor(url).send('/setup', { ...fields, repeat: password });
    assert.equal(status, 303);
    visitors = fork(join(import.meta.dirname, '../helpers/many-visitors.ts'));
    await once(visitors, 'message');
  }, wait);
  after(async () => {
    visitors?.kill();
    running?.child.kill();
    await running?.ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (): Promise<number> => {
    const begun = performance.now();
    const answer = await fetch(`${url}/api/v1/test-runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ repo: 'acme/web', summary: { total: 1, passed: 1, failed: 0 } }),
    });
    assert.equal(answer.status, 202, await answer.text());
    return performance.now() - begun;
  };

  /** ms that each post took, one every 20 ms until `end` has ended. */
  const postUntil = async (end: Promise<unknown>): Promise<number[]> => {
    let isOver = false;
    const over = end.finally(() => {
      isOver = true;
    });
    const posts: Promise<number>[] = [];
    while (!isOver) {
      posts.push(post());
      await sleep(everyMs);
    }
    await over;
    return Promise.all(posts);
  };

  const signAllIn = async (): Promise<void> => {
    visitors.send({ url, login: 'ada', password, people } satisfies SignAllIn);
    const [statuses] = (await once(visitors, 'message')) as [number[]];
    assert.deepEqual(statuses, Array(people).fill(303));
  };

  const peakMiB = (): number => {
    const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
  };

  it(
    `${people} people at once leave the runs their pace, because a CI waits for its 202`,
    wait,
    async (t) => {
      await postUntil(signAllIn());
      const before = peakMiB();
      const [load] = loadavg();
      const alone: number[] = [];
      const beside: number[] = [];
      for (let round = 0; round < rounds; round++) {
        alone.push(...(await postUntil(sleep(5000))));
        beside.push(...(await postUntil(signAllIn())));
      }
      const grown = peakMiB() - before;
      const [usual, busy] = [percentile(alone, 99), percentile(beside, 99)];
      t.diagnostic(`p99 ${usual.toFixed(1)} ms alone (${alone.length} posts)`);
      t.diagnostic(
        `p99 ${busy.toFixed(1)} ms beside (${beside.length} posts), +${grown.toFixed(0)} MiB`,
      );
      t.diagnostic(
        `median ${percentile(alone, 50).toFixed(1)} and ${percentile(beside, 50).toFixed(1)}`,
      );
      assert.ok(grown <= 110, `${grown} MiB`);
      if (load! > quiet) return t.skip(`the machine is busy with other things: load ${load}`);
      assert.ok(busy <= 1.5 * usual + 5, `${busy} ms beside, ${usual} ms alone`);
    },
  );
});

function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))]!;
}
