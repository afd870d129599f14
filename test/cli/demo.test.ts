import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  printed,
  program,
  type Running,
  runProgram,
  startProgram,
  tempFolder,
} from '../helpers/run-program.ts';

type Run = {
  id: string;
  outcome: string;
  attempts: number;
  uploads: number;
  receivedAt: string;
  summary: { total: number; failed: number };
  casesStored: number;
};

const folderForm = /data in (\S*qualitypilot-demo-\w+)/;

describe('demo', () => {
  let running: Running;
  let folder: string;
  let url: string;
  let key: string;

  before(async () => {
    running = startProgram(['demo', '--port', '0']);
    const deadline = setTimeout(() => running.child.kill('SIGKILL'), 100_000);
    folder = (await printed(running, folderForm))[1]!;
    url = (await printed(running, /is ready at (\S+)/))[1]!;
    key = (await printed(running, /API key +(qlens_\w+)/))[1]!;
    clearTimeout(deadline);
  });
  after(async () => {
    running.child.kill('SIGKILL');
    await running.ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${url}/api/v1${path}`, { headers: { 'x-api-key': key } });
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as T;
  };
  const runsOf = async (repo: string, query = '') =>
    (await get<{ items: Run[] }>(`/repos/${encodeURIComponent(repo)}/runs?limit=200${query}`))
      .items;

  it('shows six repos, each with a newest run of its state', async () => {
    const { items } = await get<{ items: { repo: string; lastRun: Run }[] }>('/repos');
    const states = items.map(({ repo, lastRun }) => [repo, lastRun.outcome]);
    assert.deepEqual(Object.fromEntries(states), {
      'demo/billing': 'failed',
      'demo/handbook': 'empty',
      'demo/mobile': 'passed',
      'demo/platform': 'passed',
      'demo/search': 'passed',
      'demo/storefront': 'passed',
    });
  });

  it('a run of 10,000 cases is stored whole', async () => {
    const [newest] = await runsOf('demo/platform');
    assert.equal(newest!.casesStored, 10_000);
    const { items } = await get<{ items: unknown[] }>(`/test-runs/${newest!.id}/cases?limit=200`);
    assert.equal(items.length, 200);
  });

  it('four shards are one run, a repetition is its second attempt, a healed case is flaky', async () => {
    const runs = await runsOf('demo/storefront', '&status=flaky');
    assert.ok(runs.length > 30);
    assert.ok(runs.every(({ uploads, attempts }) => uploads === 4 * attempts));
    assert.ok(runs.some(({ attempts }) => attempts === 2));
    const retried = runs.find(({ attempts }) => attempts === 1)!;
    const cases = await get<{ items: { attempts: number; errorMessage: string }[] }>(
      `/test-runs/${retried.id}/cases?status=flaky`,
    );
    assert.ok(cases.items.every(({ attempts, errorMessage }) => attempts > 1 && errorMessage));
  });

  it('what was broken is red up to now, what recovers was red and is green again', async () => {
    const broken = await runsOf('demo/billing', '&branch=main');
    assert.ok(broken.slice(0, 15).every(({ outcome }) => outcome === 'failed'));
    const recovering = await runsOf('demo/mobile', '&branch=main');
    const outcomes = recovering.map(({ outcome }) => (outcome === 'failed' ? 'x' : '.')).join('');
    assert.match(outcomes, /^\.{10,}x{15,}\./);
  });

  it('the history ends now and reaches back 90 days, because the runs came at their own time', async () => {
    const [newest] = await runsOf('demo/storefront');
    assert.ok(Date.now() - Date.parse(newest!.receivedAt) < 3_600_000);
    const runs = await runsOf('demo/platform');
    assert.ok(Date.now() - Date.parse(runs.at(-1)!.receivedAt) > 80 * 86_400_000);
  });

  it('its curl line works when pasted', async () => {
    const [curl] = await printed(running, /^curl .*$/m);
    const answer = JSON.parse(execFileSync('sh', ['-c', `${curl} -sS`], { encoding: 'utf8' }));
    assert.equal(answer.accepted, true);
  });

  it('SIGTERM ends it with 0 and takes its folder along', async () => {
    assert.ok(existsSync(folder));
    running.child.kill('SIGTERM');
    const deadline = setTimeout(() => running.child.kill('SIGKILL'), 60_000);
    assert.equal((await running.ended).code, 0);
    clearTimeout(deadline);
    assert.equal(existsSync(folder), false);
  });
});

describe('demo that does not get far', () => {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    it(`${signal} while the history comes in ends it with 0 and takes its folder along`, async () => {
      const running = startProgram(['demo', '--port', '0']);
      const deadline = setTimeout(() => running.child.kill('SIGKILL'), 60_000);
      const folder = (await printed(running, folderForm))[1]!;
      running.child.kill(signal);
      const { code, stdout, stderr } = await running.ended;
      clearTimeout(deadline);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stdout, /is ready/);
      assert.equal(existsSync(folder), false);
    });
  }

  it('a taken port ends it with 75 and leaves no folder', async () => {
    const temp = tempFolder();
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const [node, main] = program as [string, string];
    const code = await new Promise((resolve) => {
      const options = { env: { ...process.env, TMPDIR: temp }, cwd: temp, timeout: 60_000 };
      execFile(node, [main, 'demo', '--port', String(port)], options, (error) =>
        resolve(error?.code ?? 0),
      );
    });
    taken.close();
    assert.equal(code, 75);
    assert.deepEqual(readdirSync(temp), []);
    rmSync(temp, { recursive: true });
  });

  it('has help, and knows no other options than it tells', async () => {
    const { stdout } = await runProgram(['demo', '--help']);
    assert.match(stdout, /Usage: qualitypilot demo/);
    for (const option of ['--host', '--port', '--base-url', '--log-level']) {
      assert.ok(stdout.includes(option));
    }
    assert.equal((await runProgram(['demo', '--data', 'x'])).code, 2);
  });
});
