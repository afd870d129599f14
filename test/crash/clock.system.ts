import assert from 'node:assert/strict';
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { tempFolder } from '../helpers/run-program.ts';
import { type ApplianceProcess, startAppliance } from './appliance-process.ts';
import { assertKept } from './inspect.ts';
import { type Acked, bodyOf, post, statusOf } from './posting.ts';

/** Where the wall clock is put, one after the other. */
const jumps = [
  '+0',
  '+1h',
  '-1h',
  '+1d',
  '-1d',
  '1970-01-01 00:00:00',
  '2038-01-19 03:14:07',
  '2100-02-28 23:59:59',
  '2026-11-30 23:59:59',
  '2026-10-25 02:59:59',
  '+0',
];

describe('a wall clock that jumps', { timeout: 600_000 }, () => {
  const folder = tempFolder();
  const data = join(folder, 'data');
  const clock = join(folder, 'clock');
  let appliance: ApplianceProcess;
  after(async () => {
    await appliance?.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
  assert.ok(library, 'libfaketime is not installed');
  const set = (when: string) => writeFileSync(clock, /^\d/.test(when) ? `@${when}\n` : `${when}\n`);
  const start = (...args: string[]) =>
    startAppliance({
      data,
      args,
      env: {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    });

  it('refuses no run and keeps the order in which they came, because the window and the order do not use it', async () => {
    set('+0');
    appliance = await start('--rate-limit', '60/60s');
    const key = appliance.key!;
    const acked: Acked[] = [];
    for (const [i, when] of jumps.entries()) {
      set(when);
      for (const cases of [0, 3]) {
        const name = `j${i}-${cases}`;
        const { status, body } = await post({ url: appliance.url, key }, bodyOf({ name, cases }));
        assert.equal(status, 202, `${when}: ${JSON.stringify(body)}`);
        acked.push({ name, id: body.id!, cases: body.casesStored! });
      }
      const pages = ['/readyz', '/login', '/docs', '/api/v1/repos', '/api/v1/repos/acme%2Fsmall'];
      for (const path of pages) {
        assert.equal(await statusOf(appliance.url + path, { 'x-api-key': key }), 200, path);
      }
    }
    const stored = assertKept(data, acked);
    assert.deepEqual(
      stored.map(({ commit }) => commit),
      acked.map(({ name }) => name),
    );
    const times = receivedTimes(data);
    assert.ok(Math.min(...times) < 86_400_000, 'the clock was never in 1970');
    assert.ok(Math.max(...times) > Date.parse('2099-01-01'), 'the clock was never in 2100');

    const left = 60 - acked.length;
    const answers: number[] = [];
    for (let i = 0; i <= left; i++) {
      set(i % 2 === 0 ? '+1d' : '-1d');
      const { status } = await post(
        { url: appliance.url, key },
        bodyOf({ name: `w${i}`, cases: 0 }),
      );
      answers.push(status);
    }
    assert.deepEqual(answers, [...Array(left).fill(202), 429], 'the window followed the clock');
    assert.equal((await appliance.kill('SIGTERM')).code, 0);
  });

  it('starts in the past and in the future of its own data', async () => {
    for (const when of ['1970-01-01 00:00:00', '2100-01-01 00:00:00', '+0']) {
      set(when);
      appliance = await start();
      assert.equal(await statusOf(`${appliance.url}/readyz`), 200);
      assert.equal((await appliance.kill('SIGTERM')).code, 0);
    }
  });
});

function receivedTimes(data: string): number[] {
  const db = new Database(join(data, 'qualitypilot.db'), { readonly: true });
  const times = db.prepare<[], number>('SELECT received_at_ms FROM uploads').pluck().all();
  db.close();
  return times;
}
