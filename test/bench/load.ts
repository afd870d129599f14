/** The client, a process of its own: posts and reads as it is told by the bench over IPC. */
import { AgentConnection, type Answer, Connection, getHead } from './http.ts';
import { large, makeBody, medium, smallBody } from './workload.ts';

export type BodyKind = 'large' | 'medium' | 'small';

export type PostOrder = {
  do: 'post';
  port: number;
  key: string;
  kind: BodyKind;
  connections: number;
  /** `lean`: almost no work in the client; `agent`: node:http with a keep-alive agent, as reporters post */
  client?: 'lean' | 'agent';
  /** ends after so many posts … */
  count?: number;
  /** … or so many seconds */
  seconds?: number;
  /** at most so many a second, evenly spaced; absent: as fast as answers come */
  perSecond?: number;
};

export type ReadOrder = {
  do: 'read';
  port: number;
  key: string;
  /** of a person who has signed in, for the pages */
  cookie: string;
  paths: readonly string[];
  seconds: number;
  perSecond: number;
};

export type PrepareOrder = { do: 'prepare' };

export type LoadResult = {
  requests: number;
  /** answered otherwise than 202 or 200 */
  refused: number;
  firstRefusal: string | null;
  seconds: number;
  cpuSeconds: number;
  /** ms, in the order in which answers came */
  latencies: number[];
  /** id of the last run posted */
  lastId: string | null;
};

/** More than the uploads of one stripe, so that nothing is compressed against a copy of itself. */
const bodiesPerRepo = 71;
const mediumRepos = 20;

type Cut = { before: Buffer; after: Buffer };

const bodies: Record<BodyKind, Cut[]> = { large: [], medium: [], small: [] };
let posted = 0;

function prepare(): void {
  for (let run = 0; run < bodiesPerRepo; run++) {
    bodies.large.push(cut(makeBody('bench/large', run, large)));
    for (let repo = 0; repo < mediumRepos; repo++) {
      bodies.medium.push(cut(makeBody(`bench/medium-${repo}`, run * mediumRepos + repo, medium)));
    }
  }
  bodies.small.push({ before: smallBody('bench/small'), after: Buffer.alloc(0) });
}

/** Around the twelve digits of the commit, which differ in every post: each is a run of its own. */
function cut(body: Buffer): Cut {
  const at = body.indexOf('"commit":"') + '"commit":"'.length;
  return { before: body.subarray(0, at), after: body.subarray(at + 12) };
}

function partsOf(order: PostOrder): Uint8Array[] {
  const list = bodies[order.kind];
  const { before, after } = list[posted % list.length]!;
  const commit =
    after.length === 0
      ? ''
      : (Date.now() * 4096 + (posted % 4096)).toString(16).slice(-12).padStart(12, '0');
  posted++;
  return [Buffer.concat([before, Buffer.from(commit)]), after];
}

async function post(order: PostOrder): Promise<LoadResult> {
  const open = order.client === 'agent' ? AgentConnection : Connection;
  return measure(order, order.connections, () => {
    const connection = new open(order.port);
    return {
      send: () => connection.post('/api/v1/test-runs', order.key, partsOf(order)),
      close: () => connection.close(),
    };
  });
}

async function read(order: ReadOrder): Promise<LoadResult> {
  const heads = order.paths.map((path) => getHead(path, order.key, order.cookie));
  let next = 0;
  return measure(order, 2, () => {
    const connection = new Connection(order.port);
    return {
      send: () => connection.send([heads[next++ % heads.length]!]),
      close: () => connection.close(),
    };
  });
}

async function measure(
  order: PostOrder | ReadOrder,
  connections: number,
  open: () => { send(): Promise<Answer>; close(): void },
): Promise<LoadResult> {
  const result: LoadResult = {
    requests: 0,
    refused: 0,
    firstRefusal: null,
    seconds: 0,
    cpuSeconds: 0,
    latencies: [],
    lastId: null,
  };
  const count =
    'count' in order ? (order.count ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const endsAt = begun + (order.seconds ?? 1e9) * 1000;
  const gap = order.perSecond === undefined ? 0 : 1000 / order.perSecond;
  let started = 0;
  const one = async () => {
    const connection = open();
    while (started < count && performance.now() < endsAt) {
      const due = gap === 0 ? 0 : begun + started * gap;
      started++;
      const wait = due - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      // With a fixed rate the clock starts when the request was due, not when it could be sent.
      const from = gap === 0 ? performance.now() : Math.max(due, begun);
      const answer = await connection.send();
      result.latencies.push(performance.now() - from);
      result.requests++;
      if (answer.status === 202) result.lastId = idOf(answer.body);
      else if (answer.status !== 200) {
        result.refused++;
        result.firstRefusal ??= `${answer.status} ${answer.body.toString('utf8').slice(0, 200)}`;
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, one));
  result.seconds = (performance.now() - begun) / 1000;
  const used = process.cpuUsage(cpu);
  result.cpuSeconds = (used.user + used.system) / 1e6;
  return result;
}

const idOf = (body: Buffer): string => body.toString('latin1', 7, 43);

process.on('message', async (order: PostOrder | ReadOrder | PrepareOrder) => {
  if (order.do === 'prepare') {
    prepare();
    process.send!('prepared');
  } else process.send!(order.do === 'post' ? await post(order) : await read(order));
});
