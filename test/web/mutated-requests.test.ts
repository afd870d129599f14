import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Bench, postPath } from '../bad-inputs/bench.ts';
import { size } from '../crash/size.ts';
import { request, talk } from '../helpers/raw-http.ts';

const atOnce = 20;
const batches = size(100, 500);

type Edit = { at: number; cut: number; insert: Uint8Array; copyFrom: number | null };

/** Cuts at a place (a share of the whole), and puts other bytes, or some of its own, there. */
function mutate(bytes: Uint8Array, edits: Edit[]): Buffer {
  return edits.reduce<Buffer>((whole, { at, cut, insert, copyFrom }) => {
    const place = Math.floor(at * whole.length);
    const from = Math.floor((copyFrom ?? 0) * whole.length);
    const put = copyFrom === null ? insert : whole.subarray(from, from + cut + 1);
    return Buffer.concat([whole.subarray(0, place), put, whole.subarray(place + cut)]);
  }, Buffer.from(bytes));
}

const share = fc.nat({ max: 1000 }).map((n) => n / 1000);
const telling = ['\r\n', '\r\n\r\n', '\n', ' ', ':', '\0', '%', '..', '//', '"', '{', '0\r\n\r\n'];
const edit = fc.record({
  at: share,
  cut: fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 60 })),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom(...telling).map((text) => new TextEncoder().encode(text)),
  ),
  copyFrom: fc.option(share, { freq: 4 }),
});

describe('requests with mutated bytes', () => {
  let bench: Bench;
  before(async () => {
    const patience = { headersMs: 200, requestMs: 200, uploadMs: 200, checkEveryMs: 20 };
    bench = await Bench.open({ settings: { rateLimit: 'off' }, app: { patience } });
  });
  after(() => bench.close());

  const originals = (): Buffer[] => {
    const run = JSON.stringify(bench.oneCase({ status: 'failed', errorMessage: 'x' }));
    const xml = '<testsuite name="s"><testcase name="n" classname="c"/></testsuite>';
    const as = (type: string, more: Record<string, string> = {}) =>
      bench.headers({ 'Content-Type': type, ...more });
    const chunks = `${run.length.toString(16)}\r\n${run}\r\n0\r\n\r\n`;
    return [
      request('POST', postPath, bench.headers(), run),
      request('POST', postPath, bench.headers({ 'Content-Encoding': 'gzip' }), gzipSync(run)),
      request('POST', postPath, bench.headers({ 'Transfer-Encoding': 'chunked' }), chunks),
      request('POST', `${postPath}/junit?repo=acme%2Fweb`, as('application/xml'), xml),
      request('POST', `${postPath}/batch`, as('application/x-ndjson'), `${run}\n${run}\n`),
      request('GET', '/api/v1/repos/acme%2Fweb/runs?limit=2&branch=x', bench.headers()),
    ];
  };

  it('never blame us, never stop us, and are answered as the document says', async () => {
    let sent = 0;
    const mutations = fc.array(
      fc.tuple(fc.nat({ max: 5 }), fc.array(edit, { minLength: 1, maxLength: 3 })),
      {
        minLength: atOnce,
        maxLength: atOnce,
      },
    );
    await fc.assert(
      fc.asyncProperty(mutations, async (list) => {
        bench.clock.advance(60_000);
        await Promise.all(
          list.map(async ([which, edits]) => {
            const original = originals()[which]!;
            const bytes = mutate(original, edits);
            const { answers } = await talk(bench.url, bytes);
            sent++;
            for (const { status } of answers) assert.ok(status < 500, bytes.toString('latin1'));
            const line = original.indexOf('\r\n') + 2;
            const asksTheSame = bytes.subarray(0, line).equals(original.subarray(0, line));
            if (answers[0] !== undefined && asksTheSame) bench.note(answers[0], bytes);
          }),
        );
        await bench.verifyAlive();
      }),
      { numRuns: batches, endOnFailure: true },
    );
    assert.equal(sent, batches * atOnce);
  });
});
