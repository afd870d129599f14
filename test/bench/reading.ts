import type { Appliance, Load } from './children.ts';
import type { Filled } from './filling.ts';
import { percentile } from './reference.ts';
import type { Report } from './report.ts';
import { large } from './workload.ts';

const warmUpSeconds = 2;

/**
 * Pages and API reads while 10,000-case runs come in at half of the rate measured before. Each is asked
 * for a few times first: a process that has just started compiles what it runs.
 */
export async function measureReading(
  report: Report,
  loads: { posting: Load; reading: Load },
  appliance: Appliance,
  filled: Filled,
  cookie: string,
  seconds: number,
): Promise<void> {
  const { port, key } = appliance;
  const large_ = filled.lastLargeId;
  const medium_ = filled.lastMediumId;
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/test-runs/${medium_}`, {
    headers: { 'x-api-key': key },
  });
  const { repo } = (await answer.json()) as { repo: string };
  const tests = await fetch(`http://127.0.0.1:${port}/api/v1/repos/bench%2Flarge/tests?limit=1`, {
    headers: { 'x-api-key': key },
  });
  const [test] = ((await tests.json()) as { items: { id: string }[] }).items;
  const lists = ['runs', 'tests', 'flaky', 'suites', 'incidents', 'clusters'];
  const pages = [
    '/',
    '/r/bench/large',
    '/r/bench/medium-7',
    ...lists.map((list) => `/r/bench/large/-/${list}`),
    `/r/bench/large/-/tests/${test!.id}`,
    `/r/bench/large/-/runs/${large_}`,
    `/r/${repo}/-/runs/${medium_}`,
  ];
  const api = [
    '/api/v1/repos',
    '/api/v1/repos/bench%2Flarge/tests?limit=100',
    '/api/v1/repos/bench%2Flarge/incidents',
    `/api/v1/test-runs/${large_}`,
    `/api/v1/test-runs/${large_}/cases?status=failed`,
    `/api/v1/test-runs/${medium_}/cases?limit=200`,
  ];
  const perSecond = filled.rate / large.tests / 2;
  const posting = loads.posting.run({
    do: 'post',
    port,
    key,
    kind: 'large',
    connections: 8,
    seconds: 2 * (seconds + warmUpSeconds) + 0.5,
    perSecond,
  });
  for (const [id, what, paths, perSecond] of [
    ['pages', 'pages, 10 a second', pages, 10],
    ['api', 'API reads, 40 a second', api, 40],
  ] as const) {
    const order = { do: 'read', port, key, cookie, paths, seconds, perSecond } as const;
    await loads.reading.run({ ...order, seconds: warmUpSeconds, perSecond: 20 });
    const { latencies } = await loads.reading.run(order);
    report.add({
      id: `${id}_p99`,
      what: `${what}, p99 at half of saturated ingest`,
      value: percentile(latencies, 99),
      unit: 'ms',
      target: { atMost: 50 },
      note: `median ${percentile(latencies, 50).toFixed(1)} ms, ${latencies.length} reads`,
    });
  }
  const { latencies } = await posting;
  report.add({
    id: 'post_p99',
    what: '10,000-case posts, p99 at half of saturated ingest',
    value: percentile(latencies, 99),
    unit: 'ms',
    note: `median ${percentile(latencies, 50).toFixed(1)} ms`,
  });
}
