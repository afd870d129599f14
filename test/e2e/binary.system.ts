import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { builtBinary } from '../helpers/binary.ts';
import { printed, type Running, watch } from '../helpers/run-program.ts';

/** The example of the public API description. */
const seedPayload = {
  repo: 'owner/name',
  commit: 'abc1234',
  branch: 'feature/x',
  framework: 'jest',
  ciProvider: 'github_actions',
  summary: { total: 142, passed: 140, failed: 2, skipped: 0, flaky: 1, durationMs: 38241 },
  cases: [
    {
      suite: 'auth/login',
      name: 'rejects invalid password',
      status: 'failed',
      durationMs: 421,
      errorMessage: 'expected 401, got 500',
      attempts: 1,
    },
  ],
};

describe('the binary', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-binary-'));
  const home = join(folder, 'empty');
  let binary: string;
  let running: Running;
  let url: string;
  let key: string;

  before(() => {
    binary = builtBinary();
    mkdirSync(home);
  });
  after(async () => {
    running?.child.kill('SIGKILL');
    await running?.ended;
    rmSync(folder, { recursive: true });
  });

  /** curl in the network of the running binary. */
  const curl = (...args: string[]): string =>
    execFileSync('nsenter', ['-t', String(running.child.pid), '-n', 'curl', '-sS', ...args], {
      encoding: 'utf8',
      timeout: 30_000,
    });

  it('starts alone: empty folder, empty environment, a network that holds nothing but itself', async () => {
    const inside = 'ip link set lo up && exec env -i "$0" --port 8080';
    const child = spawn('unshare', ['--net', 'sh', '-c', inside, binary], {
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running = watch(child);
    [, url] = (await printed(running, /is ready at (\S+)/)) as unknown as [string, string];
    [key] = await printed(running, /qlens_[0-9A-Za-z]{36}/);
    assert.equal(url, 'http://127.0.0.1:8080');
    assert.deepEqual(readdirSync(home), ['data']);
  });

  it('takes a run and gives it back', () => {
    const post = [`${url}/api/v1/test-runs`, '-H', 'Content-Type: application/json'];
    const keyed = ['-H', `X-API-Key: ${key}`];
    const accepted = JSON.parse(curl(...post, ...keyed, '-d', JSON.stringify(seedPayload)));
    assert.equal(accepted.accepted, true);
    assert.equal(accepted.casesStored, 1);
    const run = JSON.parse(curl(`${url}/api/v1/test-runs/${accepted.id}`, ...keyed));
    assert.deepEqual(run.summary, seedPayload.summary);
    assert.deepEqual([run.repo, run.branch, run.outcome], ['owner/name', 'feature/x', 'failed']);
    const { items } = JSON.parse(curl(`${url}/api/v1/test-runs/${accepted.id}/cases`, ...keyed));
    assert.equal(items[0].errorMessage, 'expected 401, got 500');
    assert.match(items[0].name, /rejects invalid password/);
    assert.match(curl(accepted.url), /Sign in to see this/, 'a repo is private unless made public');
    assert.match(curl(`${url}/docs`), /<title>[^<]*QualityPilot<\/title>/);
    assert.equal(JSON.parse(curl(`${url}/api/v1/openapi.json`)).openapi, '3.1.0');
  });

  it('tells version, commit, Node and SQLite', () => {
    const { version } = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
    );
    const told = execFileSync(binary, ['version'], { encoding: 'utf8', cwd: home, env: {} });
    assert.match(
      told,
      /^qualitypilot \d+\.\d+\.\d+\ncommit ([0-9a-f]{12}|unknown)\nnode 26\.\d+\.\d+\nsqlite 3\.\d+\.\d+\n$/,
    );
    assert.ok(told.startsWith(`qualitypilot ${version}\n`));
  });

  it('makes and lists keys while it runs', () => {
    const made = execFileSync(binary, ['keys', 'create', '--name', 'second'], {
      encoding: 'utf8',
      cwd: home,
      env: {},
    });
    assert.match(made, /^qlens_[0-9A-Za-z]{36}\n$/);
  });

  it('obeys nobody else: options in the environment do nothing', async () => {
    const env = { NODE_OPTIONS: '--inspect=127.0.0.1:9999 --require=/nonexistent.js' };
    const told = execFileSync(binary, ['version', '--json'], { encoding: 'utf8', cwd: home, env });
    assert.equal(JSON.parse(told).node.split('.')[0], '26');
    running.child.kill('SIGUSR1');
    assert.equal(JSON.parse(curl(`${url}/healthz`)).status, 'ok', 'SIGUSR1 opens no inspector');
    const listening = execFileSync('nsenter', [
      '-t',
      String(running.child.pid),
      '-n',
      'ss',
      '-ltn',
    ]);
    assert.equal(String(listening).trim().split('\n').length, 2, 'one listener under the heading');
  });

  it('ends with 0 on SIGTERM and leaves one plain file', async () => {
    running.child.kill('SIGTERM');
    assert.equal((await running.ended).code, 0);
    assert.equal(readdirSync(join(home, 'data')).includes('qualitypilot.db-wal'), false);
  });
});
