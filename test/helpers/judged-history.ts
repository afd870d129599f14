import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Appliance } from './appliance.ts';
import { green, hour, others, type Pictures, runsOf } from './pictured-runs.ts';

type Line = { id: string; name: string };
type List = { items: Line[]; judgedThrough: string | null };

/**
 * Posts a history of 24 commits to acme/web in which one test breaks, and waits until it is judged:
 * the ids of the test and of its incident. `more`: other tests in it.
 */
export async function postJudgedHistory({ url, key, get }: Appliance, more: Pictures = {}) {
  const pictures = { ...others(24), lost: `${green(20)}xxxx`, ...more };
  const startMs = Date.now() - 24 * 3 * hour;
  const runs = runsOf(pictures, { startMs }).map(({ body }) => body);
  const answer = await fetch(`${url}/api/v1/test-runs/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ runs }),
  });
  const { results } = (await answer.json()) as { results: { id: string }[] };
  const list = async (path: string) =>
    (await (await get(`/api/v1/repos/acme%2Fweb${path}`)).json()) as List;
  await untilJudged({ get }, results.at(-1)!.id);
  const [test] = (await list('/tests?q=lost')).items;
  const [incident] = (await list('/incidents')).items;
  assert.ok(test && incident);
  return { testId: test.id, incidentId: incident.id };
}

/** Waits until acme/web is judged through this upload. */
export async function untilJudged({ get }: Pick<Appliance, 'get'>, id: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const answer = await get('/api/v1/repos/acme%2Fweb/tests?limit=1');
    if (((await answer.json()) as List).judgedThrough === id) return;
    await sleep(50);
  }
  assert.fail('not judged within 10 s');
}
