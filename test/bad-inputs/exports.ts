import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRaw, request } from '../helpers/raw-http.ts';
import { Visitor } from '../helpers/visitor.ts';
import { accepted, Bench, type Row } from './bench.ts';

const asCsv = /attachment; filename="?([\w.-]+)"?$/;

/** The list of tests as CSV, of a repo that has one test of this name. */
async function csvOf(bench: Bench, repo: string, name: string): Promise<Response> {
  accepted(await bench.post(bench.run({ repo, cases: [{ suite: 's', name, status: 'passed' }] })));
  bench.clock.advance(bench.paceMs);
  const cookie = await bench.appliance.signIn({ nowMs: bench.clock.now() });
  const { store } = bench.appliance;
  while (!(await store.judging()).isDone) await sleep(20);
  return fetch(`${bench.url}/r/${repo}/-/tests?format=csv`, { headers: { cookie } });
}

/** Asks for more than a connection can hold, and looks only after a while at what came of it. */
async function lookLate(bench: Bench, lateMs: number): Promise<{ heard: number; asked: number }> {
  const { html } = await new Visitor(bench.url).open('/login');
  const [, style] = /href="(\/assets\/[^"]+\.css)"/.exec(html)!;
  const { byteLength } = await (await fetch(bench.url + style!)).arrayBuffer();
  const { socket, send } = await openRaw(bench.url);
  socket.pause();
  const times = 900;
  send(Buffer.concat(Array.from({ length: times }, () => request('GET', style!))));
  await sleep(lateMs);
  let heard = 0;
  socket.on('data', (bytes) => {
    heard += bytes.length;
  });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  return { heard, asked: times * byteLength };
}

export const exports: Row[] = [
  {
    number: 100,
    input: 'the badge of a private repo',
    expected: '404',
    test: async (bench) => {
      accepted(await bench.post(bench.oneCase()));
      const stranger = new Visitor(bench.url);
      const own = await stranger.open('/badge/acme/web.svg');
      const none = await stranger.open('/badge/acme/none.svg');
      assert.deepEqual([own.status, own.html], [404, none.html.replace('none.svg', 'web.svg')]);
    },
  },
  {
    number: 101,
    input: 'CSV cells that start with = + - @, tab, CR, NUL',
    expected: "prefixed with ' and quoted",
    test: async (bench) => {
      for (const [i, name] of ['=1+1', '+1', '-1', '@sum(a)', '＝1', '|cmd', '%x'].entries()) {
        const text = await (await csvOf(bench, `csv/formula-${i}`, name)).text();
        assert.ok(text.split('\r\n')[1]!.includes(`,"'${name}",`), text);
      }
    },
  },
  {
    number: 102,
    input: 'a client that stops reading an export',
    expected: 'cut after 60 s without progress',
    test: async () => {
      const impatient = await Bench.open({ app: { patience: { stallMs: 200 } } });
      try {
        const { heard, asked } = await lookLate(impatient, 1500);
        assert.ok(heard < asked, `${heard} of ${asked} bytes`);
        await impatient.verify();
      } finally {
        await impatient.close();
      }
    },
  },
  {
    number: 103,
    input: 'export names with quotes, newlines, ../',
    expected: 'a fixed name',
    test: async (bench) => {
      const answer = await csvOf(bench, 'csv/..a..b', '"\r\n../../etc/passwd');
      assert.match(answer.headers.get('content-disposition')!, asCsv);
    },
  },
];
