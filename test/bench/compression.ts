/** Compressions of real blocks: size, time to encode, time to decode. For docs/decisions/007. */
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { readRunBytes } from '../../src/formats/json-run.ts';
import { encodeColumns, encodeTexts } from '../../src/store/blocks.ts';
import { unseal } from '../../src/store/sealed.ts';
import { StripeBuilder } from '../../src/store/stripes.ts';
import { median } from './reference.ts';
import { large, makeBody, medium, type Workload } from './workload.ts';

const zstd = (level: number) => ({
  name: `zstd ${level}`,
  encode: (plain: Uint8Array) =>
    zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
  decode: zstdDecompressSync,
});
const deflate = (level: number) => ({
  name: `deflate-raw ${level}`,
  encode: (plain: Uint8Array) => deflateRawSync(plain, { level }),
  decode: inflateRawSync,
});
const brotli = (quality: number) => ({
  name: `brotli ${quality}`,
  encode: (plain: Uint8Array) =>
    brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  decode: brotliDecompressSync,
});
const methods = [
  deflate(1),
  deflate(6),
  zstd(-1),
  zstd(1),
  zstd(3),
  zstd(6),
  zstd(9),
  brotli(1),
  brotli(4),
];

function runOf(workload: Workload, i: number) {
  const bytes = new Uint8Array(makeBody('bench/repo', i, workload));
  const { cases } = readRunBytes(bytes, Date.now()).run;
  const n = cases.count;
  const columns = {
    tests: Uint32Array.from({ length: n }, (_, k) => k),
    statuses: cases.statuses.subarray(0, n),
    durations: cases.durations.subarray(0, n),
    attempts: cases.attempts.subarray(0, n),
    startedAtMs: null,
  };
  return { columns, texts: cases.texts };
}

function stripeOf(workload: Workload): Buffer {
  const builder = new StripeBuilder();
  for (let i = 0; i < 64; i++) builder.add(i * 3 + 1, runOf(workload, i).columns);
  return builder.encode(0);
}

const big = runOf(large, 1);
const small = runOf(medium, 1);
const blocks: [string, Buffer, number][] = [
  ['columns, 10,000 cases', encodeColumns(big.columns), large.tests],
  ['columns, 500 cases', encodeColumns(small.columns), medium.tests],
  ['texts, 100 messages', encodeTexts(big.texts)!, large.tests],
  ['stripe, 256 tests × 64 uploads', stripeOf(large), 256 * 64],
];

for (const [name, block, cases] of blocks) {
  const plain = Buffer.from(unseal(block));
  process.stdout.write(`\n${name}: ${plain.length} bytes plain\n\n`);
  process.stdout.write('| method | bytes | bytes per case | encode µs | decode µs |\n');
  process.stdout.write('| --- | --- | --- | --- | --- |\n');
  for (const { name: method, encode, decode } of methods) {
    const packed = encode(plain);
    const cells = [
      method,
      packed.length,
      (packed.length / cases).toFixed(3),
      micros(() => encode(plain)),
      micros(() => decode(packed)),
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}

function micros(work: () => unknown): number {
  const taken: number[] = [];
  for (let i = 0; i < 120; i++) {
    const from = performance.now();
    work();
    taken.push(performance.now() - from);
  }
  return Math.round(median(taken.slice(20)) * 1000);
}
