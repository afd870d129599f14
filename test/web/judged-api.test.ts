import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';

const base = '/api/v1';
const repo = `${base}/repos/acme%2Fweb`;

describe('judgements by API', () => {
  let appliance: Appliance;
  let ids: Awaited<ReturnType<typeof postJudgedHistory>>;
  before(async () => {
    appliance = await openAppliance();
    ids = await postJudgedHistory(appliance);
    await appliance.post({ repo: 'acme/new', summary: { total: 0, passed: 0, failed: 0 } });
  });
  after(() => appliance.close());

  const get = async (path: string, key = appliance.key) => {
    const answer = await fetch(appliance.url + path, { headers: { 'x-api-key': key } });
    return { status: answer.status, body: (await answer.json()) as object };
  };
  const allPaths = () => [
    repo,
    `${repo}/tests`,
    `${repo}/tests/${ids.testId}`,
    `${repo}/suites`,
    `${repo}/trend`,
    `${repo}/incidents`,
    `${base}/incidents/${ids.incidentId}`,
    `${repo}/explain`,
    `${repo}/tests/${ids.testId}/explain`,
    `${base}/incidents/${ids.incidentId}/explain`,
  ];

  it('a key that covers other repos only sees none of it', async () => {
    const other = await appliance.store.createKey(
      { workspaceId: null, name: 'other', scopes: ['read'], repos: ['other/*'], expiresAtMs: null },
      Date.now(),
    );
    for (const path of allPaths()) {
      assert.equal((await get(path, other.secret)).status, 404, path);
      assert.equal((await get(path)).status, 200, path);
    }
  });

  it('what a query cannot mean is a 400 that names the parameter', async () => {
    const wrong: [path: string, name: string][] = [
      [`${repo}/tests?sort=name;drop`, 'sort'],
      [`${repo}/tests?sort=__proto__`, 'sort'],
      [`${repo}/tests?state=quarantined`, 'state'],
      [`${repo}/tests?cursor=abc`, 'cursor'],
      [`${repo}/tests?cursor=1e999:5x`, 'cursor'],
      [`${repo}/trend?metric=constructor`, 'metric'],
      [`${repo}/trend?days=0`, 'days'],
      [`${repo}/incidents?kind=outage`, 'kind'],
      [`${repo}/incidents?cursor=1:2`, 'cursor'],
    ];
    for (const [path, name] of wrong) {
      const { status, body } = await get(path);
      assert.equal(status, 400, path);
      assert.equal((body as { error: { path: string } }).error.path, name, path);
    }
  });

  it('a cursor that points nowhere yields what is behind it, because tests come and go', async () => {
    for (const cursor of [':4294967295', '0.5:7', '1e999:0', ':0']) {
      const { status } = await get(`${repo}/tests?cursor=${encodeURIComponent(cursor)}`);
      assert.equal(status, 200, cursor);
    }
  });

  it('tests that are broken are found by their state, with a link to their page', async () => {
    const { body } = await get(`${repo}/tests?state=broken`);
    const { items } = body as { items: { id: string; url: string; lastFailedAt: string }[] };
    const [test] = items;
    assert.equal(test!.id, ids.testId);
    assert.equal(test!.url, `${appliance.url}/r/acme/web/-/tests/${ids.testId}`);
    assert.match(test!.lastFailedAt, /^20\d\d-.*Z$/);
  });

  it('a repo without a judgement has figures of nothing, and says so', async () => {
    const { body } = await get(`${base}/repos/acme%2Fnew`);
    const { grade, score, flakyTests, falseRed } = body as Record<string, unknown>;
    assert.deepEqual([grade, score, flakyTests], [null, null, 0]);
    assert.ok(falseRed === null || (falseRed as { probability: number }).probability === 0);
  });

  it('the list of repos tells the grade as the repo itself does', async () => {
    const { body } = await get(`${base}/repos?q=web`);
    const [line] = (body as { items: object[] }).items;
    const { body: whole } = await get(repo);
    for (const [name, value] of Object.entries(line!)) {
      assert.deepEqual((whole as Record<string, unknown>)[name], value, name);
    }
  });

  type Explained = { reason: string; docs: string; numbers: { name: string; value: number }[] };

  it('an explanation tells the reason, the numbers and where to read on', async () => {
    const test = (await get(`${repo}/tests/${ids.testId}/explain?job=unit`)).body as Explained;
    assert.match(test.reason, /^P\(broken\) is 0\.\d+, at or above 0\.8/);
    assert.equal(test.docs, `${appliance.url}/docs/flakiness`);
    const grade = (await get(`${repo}/explain`)).body as Explained;
    const { score } = (await get(repo)).body as { score: number };
    assert.equal(grade.numbers.find(({ name }) => name === 'score')?.value ?? null, score);
    const incident = (await get(`${base}/incidents/${ids.incidentId}/explain`)).body as Explained;
    assert.match(incident.reason, /^Opened because: P\(broken\) .* It ends with a pass/);
    const shown = (await get(`${base}/incidents/${ids.incidentId}`)).body as {
      suspects: { commit: string; probability: number }[];
    };
    for (const { commit, probability } of shown.suspects) {
      const number = incident.numbers.find(({ name }) => name === `suspects.${commit}`);
      assert.equal(number?.value, probability, commit);
    }
  });

  const put = async (path: string, body: object, key: string) => {
    const answer = await fetch(appliance.url + path, {
      method: 'PUT',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as object };
  };
  const adminKey = async (repos: string[]) => {
    const key = {
      workspaceId: null,
      name: 'a',
      scopes: ['admin'] as const,
      repos,
      expiresAtMs: null,
    };
    return (await appliance.store.createKey(key, Date.now())).secret;
  };

  it('the default branch is decided with a time, told to who asks and put into the audit log', async () => {
    const key = await adminKey([]);
    const since = '2026-01-01T00:00:00.000Z';
    const path = `${base}/repos/acme%2Fnew`;
    const { status, body } = await put(
      `${path}/settings`,
      { defaultBranch: ' trunk ', since },
      key,
    );
    const defaultBranch = { value: 'trunk', decidedBy: 'person', since };
    assert.equal(status, 200);
    assert.deepEqual(body, { defaultBranch, judgedAnew: true });
    const shown = (await get(path)).body as { settings: object };
    assert.deepEqual(shown.settings, { defaultBranch });
    const { body: audit } = await get(`${base}/audit`, key);
    const { items } = audit as { items: { action: string; subject: string }[] };
    assert.ok(items.some(({ subject }) => subject === 'acme/new: trunk'));
  });

  it('a setting that means nothing, or is for another repo, changes nothing', async () => {
    const key = await adminKey(['other/*']);
    assert.equal((await put(`${repo}/settings`, { defaultBranch: 'a' }, key)).status, 404);
    const wrong = [
      [{}, 'defaultBranch'],
      [{ defaultBranch: ' ' }, 'defaultBranch'],
      [{ defaultBranch: 'a'.repeat(256) }, 'defaultBranch'],
      [{ defaultBranch: 'a', since: 'yesterday' }, 'since'],
    ] as const;
    for (const [body, name] of wrong) {
      const answer = await put(`${repo}/settings`, body, await adminKey([]));
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal((answer.body as { error: { path: string } }).error.path, name);
    }
    const { settings } = (await get(repo)).body as { settings: { defaultBranch: object } };
    assert.deepEqual(settings.defaultBranch, { value: 'main', decidedBy: 'uploads', since: null });
  });

  it('a repo that is not judged explains just that, a variant that is not there is a 404', async () => {
    const { status } = await get(`${repo}/tests/${ids.testId}/explain?job=nightly`);
    assert.equal(status, 404);
    const { body } = await get(`${base}/repos/acme%2Fnew/explain`);
    assert.match((body as Explained).reason, /^(Nothing is judged|No grade below)/);
  });
});
