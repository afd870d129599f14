import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { large, makeBody } from '../bench/workload.ts';
import { builtBinary } from '../helpers/binary.ts';
import { tempFolder } from '../helpers/run-program.ts';
import { type ApplianceProcess, peakMegabytes, startAppliance } from './appliance-process.ts';
import { type Answer, bodyOf, post } from './posting.ts';

const MiB = 1024 * 1024;

describe('memory', { timeout: 600_000 }, () => {
  const folder = tempFolder();
  let appliance: ApplianceProcess;
  let key: string;
  before(async () => {
    appliance = await startAppliance({ data: folder, command: [builtBinary()] });
    key = appliance.key!;
  });
  after(async () => {
    await appliance.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const send = (body: Uint8Array | string, headers: Record<string, string> = {}) =>
    post({ url: appliance.url, key }, body, headers);

  /** The status line and what follows of a request that is written as it is. */
  function raw(head: string, body: Uint8Array, repeat = 1): Promise<string> {
    const socket = connect(Number(new URL(appliance.url).port), '127.0.0.1');
    let text = '';
    return new Promise((resolve) => {
      const late = setTimeout(() => socket.destroy(), 20_000);
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(late);
        isOver = true;
        resolve(text);
      });
      let isOver = false;
      let left = repeat;
      const write = () => {
        while (left-- > 0 && !isOver) if (!socket.write(body)) return;
      };
      socket.on('drain', write);
      socket.write(
        `POST /api/v1/test-runs HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\n${head}\r\n\r\n`,
      );
      write();
    });
  }

  it('bombs are refused at the cap, not unfolded', async (t) => {
    const before = peakMegabytes(appliance.pid);
    const zeros = Buffer.alloc(100 * MiB, ' ');
    const bomb = gzipSync(zeros, { level: 9 });
    const gzip = { 'content-encoding': 'gzip' };
    assert.equal((await send(bomb, gzip)).status, 413);
    assert.equal((await send(gzipSync(bomb), gzip)).status, 400);
    const small = zeros.subarray(0, MiB);
    assert.equal((await send(brotliCompressSync(small), { 'content-encoding': 'br' })).status, 415);
    assert.equal((await send(deflateSync(small), { 'content-encoding': 'deflate' })).status, 415);
    assert.equal((await send(bomb, { 'content-encoding': 'gzip, gzip' })).status, 415);
    assert.match(await raw(`Content-Length: ${4 * 1024 * MiB}`, Buffer.alloc(1)), /^HTTP\/1.1 413/);
    const chunk = Buffer.concat([Buffer.from('100000\r\n'), small, Buffer.from('\r\n')]);
    assert.match(await raw('Transfer-Encoding: chunked', chunk, 64), /^HTTP\/1.1 413/);
    const grown = peakMegabytes(appliance.pid) - before;
    assert.equal((await send(bodyOf({ name: 'after', cases: 1 }))).status, 202);
    t.diagnostic(`peak of resident memory grew by ${grown.toFixed(0)} MB`);
    assert.ok(grown < 100, `it grew by ${grown} MB`);
  });

  it('fifty posts of 10,000 cases at once are all taken, in 400 MB', async (t) => {
    const bodies = Array.from({ length: 50 }, (_, i) => makeBody('acme/large', i, large));
    const answers = await Promise.all(bodies.map((body) => send(body)));
    const refused = answers.filter(({ status }) => status !== 202);
    assert.deepEqual(
      refused.map(({ body }) => body.error),
      [],
    );
    const peak = peakMegabytes(appliance.pid);
    t.diagnostic(`peak ${peak.toFixed(0)} MB for ${(bodies[0]!.length / MiB).toFixed(2)} MiB each`);
    assert.ok(peak <= 400, `peak of resident memory ${peak} MB`);
  });

  it('fifty of 16 MiB are more than the budget: 480 MB hold them, some are asked to come again, none is dropped', async (t) => {
    const text = `{"repo":"acme/huge","summary":{"total":1,"passed":1,"failed":0},"extra":"`;
    const body = Buffer.alloc(16 * MiB - 2, 'x');
    body.write(text);
    body.write('"}', body.length - 2);
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => send(body)));
    const answers = outcomes
      .filter((outcome) => outcome.status === 'fulfilled')
      .map(({ value }: PromiseFulfilledResult<Answer>) => value);
    const busy = answers.filter(({ status }) => status === 503);
    const taken = answers.filter(({ status }) => status === 202);
    for (const { headers } of busy) assert.equal(headers['retry-after'], '1');
    assert.equal(busy.length + taken.length, answers.length);
    assert.ok(busy.length > 0, 'all fitted into the budget');
    assert.ok(taken.length > 0, 'none was taken');
    assert.equal((await send(bodyOf({ name: 'then', cases: 1 }))).status, 202);
    const peak = peakMegabytes(appliance.pid);
    t.diagnostic(
      `${taken.length} taken, ${busy.length} asked to come again, ${50 - answers.length} cut while sending; peak ${peak.toFixed(0)} MB`,
    );
    assert.ok(peak <= 480, `peak of resident memory ${peak} MB`);
  });
});
