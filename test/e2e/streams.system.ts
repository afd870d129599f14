import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { type ApplianceProcess, startAppliance } from '../crash/appliance-process.ts';
import { junitReport } from '../helpers/junit-report.ts';
import { tempFolder } from '../helpers/run-program.ts';

const MB = 1024 * 1024;

type Answer = { status: number; body: string };
type Options = { headers?: Record<string, string>; stopAfter?: number };

/** MB over idle, whatever the size of what is read */
const mostGrown = 96;

describe('large reports to an appliance of its own', { timeout: 600_000 }, () => {
  const data = tempFolder();
  let appliance: ApplianceProcess;
  before(async () => {
    appliance = await startAppliance({ data });
    // All tests of the large report are known after this: what a new test costs is measured by the bench.
    await post('/junit?repo=acme/huge', junitReport(40 * MB));
  });
  after(async () => {
    await appliance?.kill('SIGTERM');
    rmSync(data, { recursive: true, force: true });
  });

  /** Sends pieces as fast as they are taken; the answer, or null where the client stopped before its end. */
  async function post(
    path: string,
    pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
    { headers = {}, stopAfter = Number.POSITIVE_INFINITY }: Options = {},
  ): Promise<Answer | null> {
    const req = request(`${appliance.url}/api/v1/test-runs${path}`, {
      method: 'POST',
      headers: { 'x-api-key': appliance.key!, 'content-type': 'text/xml', ...headers },
    });
    const isOver = new Promise<void>((resolve) => req.once('close', resolve));
    let answer: Promise<Answer> | null = null;
    req.on('error', () => {});
    req.on('response', (res) => {
      answer = read(res);
    });
    let sent = 0;
    for await (const piece of pieces) {
      if (req.destroyed || answer !== null) break;
      if (sent > stopAfter) {
        req.destroy();
        await isOver;
        return null;
      }
      sent += piece.length;
      if (!req.write(piece)) await Promise.race([once(req, 'drain').catch(() => {}), isOver]);
    }
    req.end();
    await isOver;
    return answer;
  }

  async function read(res: IncomingMessage): Promise<Answer> {
    let body = '';
    for await (const chunk of res) body += chunk;
    return { status: res.statusCode!, body };
  }

  const summaryOf = async (body: string) => {
    const { id } = JSON.parse(body) as { id: string };
    const answer = await fetch(`${appliance.url}/api/v1/test-runs/${id}`, {
      headers: { 'x-api-key': appliance.key! },
    });
    return ((await answer.json()) as { summary: { total: number; failed: number } }).summary;
  };

  const megabytes = (field: 'VmRSS' | 'VmHWM'): number => {
    const status = readFileSync(`/proc/${appliance.pid}/status`, 'utf8');
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1024;
  };

  /** How far memory rises above what the idle appliance holds. */
  async function growth(work: () => Promise<void>): Promise<number> {
    await sleep(1000);
    const idle = megabytes('VmRSS');
    writeFileSync(`/proc/${appliance.pid}/clear_refs`, '5');
    await work();
    return megabytes('VmHWM') - idle;
  }

  it('200 MB are read in constant memory, because a report is as large as its tests are talkative', async (t) => {
    const grown = await growth(async () => {
      const answer = (await post('/junit?repo=acme/huge', junitReport(200 * MB)))!;
      assert.equal(answer.status, 202, answer.body);
      const { total, failed } = await summaryOf(answer.body);
      assert.ok(total > 300_000);
      assert.equal(failed, total / 100);
    });
    t.diagnostic(`grew by ${grown.toFixed(0)} MB`);
    assert.ok(grown < mostGrown, `${grown} MB`);
  });

  it('ten of 20 MB at a time are all stored, compressed or not', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => {
        const path = `/junit?repo=acme/ten&runKey=${i}`;
        const report = junitReport(20 * MB);
        if (i % 2 === 0) return post(path, report);
        const gzip = createGzip({ level: 1 });
        void (async () => {
          for (const piece of report) if (!gzip.write(piece)) await once(gzip, 'drain');
          gzip.end();
        })();
        return post(path, gzip, { headers: { 'content-encoding': 'gzip' } });
      }),
    );
    const totals = new Set<number>();
    for (const answer of answers) {
      assert.equal(answer!.status, 202, answer!.body);
      totals.add((await summaryOf(answer!.body)).total);
    }
    assert.equal(totals.size, 1);
  });

  it('what unfolds beyond 512 MiB is refused, in constant memory', async (t) => {
    const piece = gzipSync(Buffer.alloc(64 * MB, ' '));
    const headers = { 'content-encoding': 'gzip' };
    const grown = await growth(async () => {
      const answer = (await post('/junit?repo=acme/bomb', Array(9).fill(piece), { headers }))!;
      assert.equal(answer.status, 413, answer.body);
    });
    t.diagnostic(`grew by ${grown.toFixed(0)} MB`);
    assert.ok(grown < mostGrown, `${grown} MB`);
  });

  it('clients that stop in the middle leave no run and no memory', async (t) => {
    const stopMany = async () => {
      for (let i = 0; i < 40; i++) {
        assert.equal(
          await post('/junit?repo=acme/stopped', junitReport(20 * MB), { stopAfter: MB }),
          null,
        );
      }
    };
    await stopMany();
    const grown = await growth(async () => {
      await stopMany();
      // The places of clients that left are free again once what they had sent was read.
      const until = performance.now() + 10_000;
      let answer = await post('/junit?repo=acme/after', junitReport(MB));
      while (answer?.status === 503 && performance.now() < until) {
        await sleep(100);
        answer = await post('/junit?repo=acme/after', junitReport(MB));
      }
      assert.equal(answer?.status, 202);
    });
    t.diagnostic(`grew by ${grown.toFixed(0)} MB`);
    assert.ok(grown < mostGrown, `${grown} MB`);
    const answer = await fetch(`${appliance.url}/api/v1/repos/acme%2Fstopped/runs`, {
      headers: { 'x-api-key': appliance.key! },
    });
    assert.equal(answer.status, 404);
  });
});
