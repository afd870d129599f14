import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

type Sighting = { at: string; runId: string; url: string };
type Cluster = {
  fingerprint: string;
  type: string | null;
  sample: string | null;
  failures: number;
  tests: number;
  uploads: number;
  firstSeen: Sighting;
  lastSeen: Sighting;
};
type Clusters = { items: Cluster[]; next: string | null; judgedThrough: string | null };
type Group = {
  fingerprint: string;
  message: string | null;
  failures: number;
  tests: { testId: string; suite: string; name: string }[];
  suites: string[];
  firstSeen: Sighting | null;
};
type RunFailures = { failures: number; grouped: number; causes: number; groups: Group[] };

const lost = 'ConnectionError: connection to database pool lost after 12 ms';
const below = 'RangeError: page number below first page';

describe('what failures have in common', () => {
  let appliance: Appliance;
  before(async () => {
    appliance = await openAppliance();
  });
  after(() => appliance.close());

  /** Posts a run of failing cases [suite, message]; null: failed without a word. */
  async function post(
    repo: string,
    cases: [suite: string, message: string | null][],
    more: object = {},
  ): Promise<string> {
    const answer = await appliance.post({
      repo,
      summary: { total: cases.length, passed: 0, failed: cases.length },
      cases: cases.map(([suite, errorMessage], i) => ({
        suite,
        name: `case ${i}`,
        status: 'failed',
        ...(errorMessage !== null && { errorMessage }),
      })),
      ...more,
    });
    const text = await answer.text();
    assert.equal(answer.status, 202, text);
    return (JSON.parse(text) as { id: string }).id;
  }
  async function read<T>(path: string, status = 200): Promise<T> {
    const answer = await appliance.get(`/api/v1${path}`);
    assert.equal(answer.status, status, await answer.clone().text());
    return (await answer.json()) as T;
  }
  async function judged(): Promise<void> {
    while (!(await appliance.store.judging()).isDone) await sleep(20);
  }
  const clusters = (repo: string, query = ''): Promise<Clusters> =>
    read(`/repos/${encodeURIComponent(repo)}/clusters${query}`);
  const groups = (id: string): Promise<RunFailures> => read(`/test-runs/${id}/failure-groups`);

  it('clusters of a repo say what fails, how often, since when and when last', async () => {
    const first = await post('acme/web', [
      ['a', lost],
      ['b', lost.replace('12', '900')],
      ['c', null],
    ]);
    const second = await post('acme/web', [['a', `${lost} again`]], { commit: 'def' });
    await judged();
    const { items, next, judgedThrough } = await clusters('acme/web');
    assert.equal(next, null);
    assert.equal(judgedThrough, second);
    assert.deepEqual(
      items.map(({ type, sample, failures, tests, uploads, firstSeen, lastSeen }) => ({
        ...{ type, sample, failures, tests, uploads },
        runs: [firstSeen.runId, lastSeen.runId],
      })),
      [
        {
          ...{ type: 'ConnectionError', sample: lost, failures: 3, tests: 2, uploads: 2 },
          runs: [first, second],
        },
        {
          ...{ type: null, sample: null, failures: 1, tests: 1, uploads: 1 },
          runs: [first, first],
        },
      ],
    );
    assert.ok(items[0]!.firstSeen.url.endsWith(`/r/acme/web/-/runs/${first}`));
    assert.match(items[0]!.fingerprint, /^ef1:[0-9a-f]{32}$/);
  });

  it('pages of clusters have each once, the newest failures first', async () => {
    const words = ['alpha', 'beta', 'gamma', 'delta', 'zeta'];
    for (const [i, word] of words.entries()) {
      const messages = [
        `Error: ${word} ${word}one ${word}two went amiss`,
        `Error: no ${word}three ${word}four was found`,
      ];
      await post(
        'acme/pages',
        messages.map((message) => [word, message]),
        { commit: `c${i}` },
      );
    }
    await judged();
    const all = (await clusters('acme/pages')).items;
    assert.equal(all.length, 10);
    assert.match(all[0]!.sample!, /zeta/);
    const paged: Cluster[] = [];
    let cursor: string | null = null;
    do {
      const page: Clusters = await clusters(
        'acme/pages',
        `?limit=3${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      paged.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    assert.deepEqual(paged, all);
  });

  it('a search finds part of a message or type, whatever its case, page by page', async () => {
    const found = await clusters('acme/pages', '?q=NO%20ZETA');
    assert.deepEqual(
      found.items.map(({ sample }) => sample),
      ['Error: no zetathree zetafour was found'],
    );
    const one = await clusters('acme/pages', '?q=found&limit=4');
    const rest = await clusters('acme/pages', `?q=found&limit=4&cursor=${one.next}`);
    assert.deepEqual([one.items.length, rest.items.length, rest.next], [4, 1, null]);
    assert.equal((await clusters('acme/web', '?q=connectionerror')).items.length, 1);
  });

  it('a repo without failures has none, and one that is not there is told so', async () => {
    await post('acme/quiet', []);
    await judged();
    assert.deepEqual((await clusters('acme/quiet')).items, []);
    await read('/repos/acme%2Fnothing/clusters', 404);
    await read('/repos/acme%2Fweb/clusters?cursor=7', 400);
  });

  it('failures of a run are told by cause, the largest first, and since when each is known', async () => {
    const early = await post('acme/run', [['z', lost]], { commit: 'c1' });
    await judged();
    const id = await post(
      'acme/run',
      [
        ['page', below],
        ['auth/login', lost],
        ['cart/add', lost.replace('12', '900')],
        ['cart/add', 'AssertionError: expected 1 to be 2'],
      ],
      { commit: 'c2' },
    );
    await judged();
    const { groups: told, ...counts } = await groups(id);
    assert.deepEqual(counts, { failures: 4, grouped: 4, causes: 2 });
    assert.deepEqual(
      told.map(({ message, failures, suites, firstSeen }) => ({
        ...{ message, failures, suites },
        since: firstSeen?.runId,
      })),
      [
        { message: lost, failures: 3, suites: ['auth/login', 'cart/add'], since: early },
        { message: below, failures: 1, suites: ['page'], since: id },
      ],
    );
    assert.deepEqual(
      told[0]!.tests.map(({ suite, name }) => [suite, name]),
      [
        ['auth/login', 'case 1'],
        ['cart/add', 'case 2'],
        ['cart/add', 'case 3'],
      ],
    );
    const known = (await clusters('acme/run', '?q=pool')).items[0]!;
    assert.equal(told[0]!.fingerprint, known.fingerprint);
  });

  it('a run of many failures of one cause is one group with twenty names, of what was looked at', async () => {
    const id = await post(
      'acme/storm',
      Array.from({ length: 2500 }, (_, i) => [`suite ${i}`, `${lost} of host ${i}`]),
    );
    const { groups: told, ...counts } = await groups(id);
    assert.deepEqual(counts, { failures: 2500, grouped: 2000, causes: 1 });
    assert.deepEqual(
      [told[0]!.failures, told[0]!.tests.length, told[0]!.suites.length],
      [2000, 20, 20],
    );
  });

  it('of failures without a word there is no message, and a green run has no group', async () => {
    const silent = await groups(await post('acme/silent', [['a', null]]));
    assert.deepEqual(
      silent.groups.map(({ message, failures }) => [message, failures]),
      [[null, 1]],
    );
    const green = await groups(await post('acme/green', []));
    assert.deepEqual(green, { failures: 0, grouped: 0, causes: 0, groups: [] });
    await read('/test-runs/00000000-0000-7000-8000-000000000000/failure-groups', 404);
    await read('/test-runs/nonsense/failure-groups', 404);
  });
});
