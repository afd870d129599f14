import assert from 'node:assert/strict';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { limits } from '../../src/limits.ts';
import { closedByPeer, request } from '../helpers/raw-http.ts';
import { accepted, type Bench, postPath, type Row, refused } from './bench.ts';

const max = limits.bodyBytes.value;
const gzip = { 'Content-Encoding': 'gzip' };

/** A run of exactly so many bytes. */
function runOfBytes(bench: Bench, length: number): string {
  const run = JSON.stringify(bench.run());
  return run + ' '.repeat(length - run.length);
}

/** One chunk of a chunked body. */
const chunk = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

export const encoding: Row[] = [
  {
    number: 34,
    input: 'no Content-Type, text/plain, a form as curl -d sends it',
    expected: '415 with a hint',
    test: async (bench) => {
      for (const type of [
        undefined,
        '',
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/jsonx',
        'text/json, application/json',
      ]) {
        const answer = await bench.post(bench.run(), { 'Content-Type': type });
        assert.match(refused(answer, 415, 'unsupported_type'), /application\/json/);
      }
    },
  },
  {
    number: 35,
    input: 'application/json; charset=utf-8, application/problem+json',
    expected: '202',
    test: async (bench) => {
      for (const type of [
        'application/json; charset=utf-8',
        'Application/JSON;charset="UTF-8"',
        'application/problem+json',
        'application/json; q=1',
      ]) {
        accepted(await bench.post(bench.run(), { 'Content-Type': type }));
      }
    },
  },
  {
    number: 36,
    input: 'charset=utf-16, or the bytes of it',
    expected: '415; 400',
    test: async (bench) => {
      const type = 'application/json; charset=utf-16';
      refused(await bench.post(bench.run(), { 'Content-Type': type }), 415, 'unsupported_type');
      const text = JSON.stringify(bench.run());
      refused(await bench.post(Buffer.from(text, 'utf16le')), 400, 'invalid_json');
      refused(await bench.post(Buffer.from(`\ufeff${text}`, 'utf16le')), 400, 'invalid_utf8');
    },
  },
  {
    number: 37,
    input: 'a byte order mark before {, as PowerShell sends it',
    expected: '202',
    test: async (bench) => {
      accepted(await bench.post(`\ufeff${JSON.stringify(bench.run())}`));
      accepted(await bench.post(`\ufeff${JSON.stringify(bench.oneCase())}`));
    },
  },
  {
    number: 38,
    input: 'invalid UTF-8: a lone 0xFF, an overlong form, CESU, a cut sequence',
    expected: '400 invalid_utf8',
    test: async (bench) => {
      for (const bad of ['ff', 'c0af', 'eda0bdedb880', 'e282', 'f8888080', '80']) {
        for (const run of [bench.run({ tags: ['@'] }), bench.oneCase({ name: '@' })]) {
          const [before, after] = JSON.stringify(run).split('@') as [string, string];
          const bytes = Buffer.concat([
            Buffer.from(before),
            Buffer.from(bad, 'hex'),
            Buffer.from(after),
          ]);
          refused(await bench.post(bytes), 400, 'invalid_utf8');
        }
      }
    },
  },
  {
    number: 39,
    input: 'Content-Encoding: br, zstd, deflate, gzip twice',
    expected: '415 with Accept-Encoding: gzip',
    test: async (bench) => {
      const body = Buffer.from(JSON.stringify(bench.run()));
      for (const [name, bytes] of [
        ['br', brotliCompressSync(body)],
        ['zstd', zstdCompressSync(body)],
        ['deflate', deflateSync(body)],
        ['gzip, gzip', gzipSync(gzipSync(body))],
        ['nonsense', body],
      ] as const) {
        const answer = await bench.post(bytes, { 'Content-Encoding': name });
        refused(answer, 415, 'unsupported_encoding');
        assert.equal(answer.headers['accept-encoding'], 'gzip');
      }
      accepted(await bench.post(gzipSync(body), { 'Content-Encoding': 'GZIP' }));
    },
  },
  {
    number: 40,
    input: 'a gzip bomb of 97 kB for 100 MB; endless empty blocks',
    expected: '413 once 16 MiB are passed, inflated or not',
    test: async (bench) => {
      const bomb = gzipSync(Buffer.alloc(100 << 20), { level: 9 });
      refused(await bench.post(bomb, gzip), 413, 'too_large');
      refused(await bench.post(gzipSync(bomb), gzip), 400, 'invalid_utf8');
      const headers = bench.headers({ ...gzip, 'Transfer-Encoding': 'chunked' });
      const begun = request('POST', postPath, headers);
      const endless = await bench.connect();
      endless.send(begun);
      endless.send(chunk(gzipSync('').subarray(0, 10)));
      const emptyBlocks = Buffer.alloc(5 * 200_000, Buffer.from('000000ffff', 'hex'));
      const part = chunk(emptyBlocks);
      for (let sent = 0; sent <= max; sent += emptyBlocks.length) endless.send(part);
      const { answers } = await endless.read(1);
      bench.note(answers[0]!, begun);
      refused(answers[0]!, 413, 'too_large');
      await closedByPeer(endless);
      endless.socket.destroy();
    },
  },
  {
    number: 41,
    input: 'gzip cut short, with a bad checksum, with bytes behind it',
    expected: '400',
    test: async (bench) => {
      const good = gzipSync(JSON.stringify(bench.run()));
      const flipped = Buffer.from(good);
      flipped[flipped.length - 6]! ^= 1;
      for (const bad of [
        good.subarray(0, -3),
        good.subarray(0, 12),
        flipped,
        Buffer.concat([good, Buffer.from('xx')]),
        Buffer.concat([good, Buffer.alloc(2)]),
      ]) {
        refused(await bench.post(bad, gzip), 400, 'invalid_encoding');
      }
    },
  },
  {
    number: 42,
    input: 'plain JSON labelled gzip',
    expected: '400',
    test: async (bench) => {
      refused(await bench.post(bench.run(), gzip), 400, 'invalid_encoding');
    },
  },
  {
    number: 43,
    input: 'one byte more than 16 MiB',
    expected: '413; 16 MiB are accepted',
    test: async (bench) => {
      refused(await bench.post(runOfBytes(bench, max + 1)), 413, 'too_large');
      const chunked = Buffer.concat([
        chunk(Buffer.from(runOfBytes(bench, max + 1))),
        Buffer.from('0\r\n\r\n'),
      ]);
      const headers = bench.headers({ 'Transfer-Encoding': 'chunked' });
      refused(await bench.raw(request('POST', postPath, headers, chunked)), 413, 'too_large');
      refused(await bench.post(gzipSync(runOfBytes(bench, max + 1)), gzip), 413, 'too_large');
      accepted(await bench.post(runOfBytes(bench, max)));
      accepted(await bench.post(gzipSync(runOfBytes(bench, max)), gzip));
    },
  },
  {
    number: 44,
    input: 'an empty body; only spaces',
    expected: '400',
    test: async (bench) => {
      refused(await bench.post(''), 400, 'invalid_json');
      refused(await bench.post('', { 'Content-Length': '0' }), 400, 'invalid_json');
      refused(await bench.post(' \t\r\n '), 400, 'invalid_json');
      refused(await bench.post(gzipSync(''), gzip), 400, 'invalid_json');
    },
  },
];
