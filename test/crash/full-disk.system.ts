import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runProgram } from '../helpers/run-program.ts';
import { type ApplianceProcess, startAppliance } from './appliance-process.ts';
import { assertKept } from './inspect.ts';
import { type Acked, bodyOf, eventually, post, statusOf } from './posting.ts';
import { mountSmallDisk, type SmallDisk } from './tmpfs.ts';

const MiB = 1024 * 1024;

/** New names, and messages of words that no compression makes small. */
function bulkyBody(name: string, cases: number, words = 30): string {
  const list = Array.from({ length: cases }, (_, i) => ({
    suite: `${name} ${i % 10}`,
    name: `case ${i}`,
    status: 'failed',
    errorMessage: Array.from({ length: words }, () => Math.random().toString(36)).join(' '),
  }));
  const summary = { total: cases, passed: 0, failed: cases };
  return JSON.stringify({ repo: 'acme/bulky', commit: name, summary, cases: list });
}

describe('a full disk', { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
  let disk: SmallDisk | undefined;
  let appliance: ApplianceProcess;
  after(async () => {
    await appliance?.kill();
    disk?.unmount();
    rmSync(folder, { recursive: true, force: true });
  });
  const acked: Acked[] = [];
  let key = '';
  let data = '';
  const send = async (name: string, body: string) => {
    const answer = await post({ url: appliance.url, key }, body);
    if (answer.status === 202) {
      acked.push({ name, id: answer.body.id!, cases: answer.body.casesStored! });
    }
    return answer;
  };
  const hasBallast = () => existsSync(join(data, 'ballast'));
  const isReady = async () => (await statusOf(`${appliance.url}/readyz`)) === 200;

  it('is foreseen: runs are refused while there is still room, and everything else goes on', async () => {
    disk = mountSmallDisk(join(folder, 'disk'), 24);
    data = join(disk.folder, 'data');
    appliance = await startAppliance({ data });
    key = appliance.key!;
    await eventually('a ballast', hasBallast, 30_000);
    let last = await send('f0', bulkyBody('f0', 1000));
    for (let i = 1; last.status === 202; i++) last = await send(`f${i}`, bulkyBody(`f${i}`, 1000));
    assert.ok(acked.length > 10, `only ${acked.length} runs fitted`);
    assert.equal(last.status, 500);
    assert.equal(last.body.error?.code, 'storage_failure');
    assert.match(last.body.error!.message, /^the disk is nearly full \(\d+ MiB free\)/);
    assert.ok(disk.freeBytes() > MiB, 'it was noticed too late');
    await eventually('not ready', async () => !(await isReady()));
    assert.equal(await statusOf(`${appliance.url}/healthz`), 200);
    assert.equal(await statusOf(`${appliance.url}/api/v1/repos`, { 'x-api-key': key }), 200);
    assert.equal(await statusOf(`${appliance.url}/`, { accept: 'text/html' }), 200);
    assertKept(data, acked);
  });

  it('heals by itself when there is room again', async (t) => {
    await appliance.kill('SIGTERM');
    rmSync(data, { recursive: true });
    acked.length = 0;
    appliance = await startAppliance({ data });
    key = appliance.key!;
    await eventually('a ballast', hasBallast, 30_000);
    disk!.fill(5 * MiB);
    await eventually('not ready', async () => !(await isReady()));
    assert.equal((await send('h0', bodyOf({ name: 'h0', cases: 1 }))).status, 500);
    disk!.empty();
    const ms = await eventually('ready again', isReady);
    assert.equal((await send('h1', bodyOf({ name: 'h1', cases: 1 }))).status, 202);
    t.diagnostic(`ready ${ms.toFixed(0)} ms after there was room`);
  });

  it('a run that does not fit leaves nothing of itself, and others are taken when there is room', async () => {
    disk!.fill(6.2 * MiB);
    const tooLarge = await send('g0', bulkyBody('g0', 10_000, 100));
    assert.equal(tooLarge.status, 500);
    assert.match(tooLarge.body.error!.message, /the disk is full; nothing was stored/);
    assertKept(data, acked);
    assert.equal(hasBallast(), false);
    disk!.empty();
    await eventually('ready again', isReady);
    assert.equal((await send('g1', bodyOf({ name: 'g1', cases: 200 }))).status, 202);
    assertKept(data, acked);
    await eventually('a new ballast', hasBallast, 30_000);
  });

  it('the ballast lets a small write through, because a deletion writes too', async () => {
    const log = join(data, 'qualitypilot.db-wal');
    await eventually('an empty log', () => statSync(log).size === 0, 30_000);
    disk!.fill(0);
    const made = await runProgram(['keys', 'create', '--data', data, '--name', 'while full']);
    assert.equal(made.code, 0, made.stderr);
    assert.equal(hasBallast(), false);
    assert.equal(await isReady(), false);
    disk!.empty();
    await eventually('ready again', isReady);
    await eventually('a new ballast', hasBallast, 30_000);
  });

  it('a start on a full disk finds room in the ballast', async () => {
    await appliance.kill();
    disk!.fill(0);
    appliance = await startAppliance({ data });
    assert.equal(hasBallast(), false);
    await eventually('not ready', async () => !(await isReady()));
    assert.equal(await statusOf(`${appliance.url}/api/v1/repos`, { 'x-api-key': key }), 200);
    disk!.empty();
    await eventually('ready again', isReady);
    assertKept(data, acked);
    assert.equal((await appliance.kill('SIGTERM')).code, 0);
  });
});
