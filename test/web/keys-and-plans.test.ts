import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setPlan } from '../../src/actions/workspaces.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { MovableClock } from '../helpers/movable-clock.ts';

const run = { repo: 'acme/web', summary: { total: 1, passed: 1, failed: 0 } };

describe('keys by API', () => {
  let appliance: Appliance;
  let admin: string;
  const ask = (key: string, method: string, path: string, body?: unknown) =>
    fetch(`${appliance.url}/api/v1${path}`, {
      method,
      headers: {
        'x-api-key': key,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const makeKey = async (scopes: ('admin' | 'read' | 'ingest')[], repos: string[]) => {
    const key = { workspaceId: null, name: 'k', scopes, repos, expiresAtMs: null };
    return (await appliance.store.createKey(key, Date.now())).secret;
  };
  before(async () => {
    appliance = await openAppliance();
    admin = await makeKey(['admin'], []);
  });
  after(() => appliance.close());

  it('a key is made, works, is listed without itself, is revoked, and works no more', async () => {
    const made = await ask(admin, 'POST', '/keys', { name: 'ci', repos: ['acme/*'] });
    assert.equal(made.status, 201);
    const { id, key, last4 } = (await made.json()) as { id: number; key: string; last4: string };
    assert.equal(key.slice(-4), last4);
    assert.equal((await ask(key, 'POST', '/test-runs', run)).status, 202);
    const list = await (await ask(admin, 'GET', '/keys')).text();
    assert.ok(list.includes('"ci"') && !list.includes(key), 'nobody sees it again');
    assert.equal((await ask(admin, 'DELETE', `/keys/${id}`)).status, 204);
    assert.equal((await ask(key, 'POST', '/test-runs', run)).status, 401);
    assert.match(await (await ask(admin, 'GET', '/keys')).text(), /"revokedAt":"20/);
  });

  it('only the scope admin manages keys', async () => {
    for (const scope of ['read', 'ingest'] as const) {
      const key = await makeKey([scope], []);
      for (const [method, path] of [
        ['GET', '/keys'],
        ['POST', '/keys'],
        ['DELETE', '/keys/1'],
      ] as const) {
        const body = method === 'POST' ? { name: 'x' } : undefined;
        assert.equal((await ask(key, method, path, body)).status, 403, `${scope} ${method}`);
      }
    }
  });

  it('a key of some repos gives no more than it has', async () => {
    const some = await makeKey(['admin'], ['acme/*']);
    const give = (repos: string[]) => ask(some, 'POST', '/keys', { name: 'x', repos });
    assert.equal((await give(['acme/web'])).status, 201);
    assert.equal((await give(['acme/*'])).status, 201);
    for (const repos of [[], ['labs/web'], ['acme/**'], ['**']]) {
      assert.equal((await give(repos)).status, 403, repos.join());
    }
    assert.equal((await ask(some, 'DELETE', '/keys/1')).status, 404, 'the first key covers all');
  });

  it('a faulty request is told where', async () => {
    for (const [body, path] of [
      [{}, 'name'],
      [{ name: 'x', scopes: ['root'] }, 'scopes[0]'],
      [{ name: 'x', repos: ['../x y'] }, 'repos[0]'],
      [{ name: 'x', expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
    ] as const) {
      const answer = await ask(admin, 'POST', '/keys', body);
      assert.equal(answer.status, 400);
      assert.equal(((await answer.json()) as { error: { path: string } }).error.path, path);
    }
    assert.equal((await ask(admin, 'DELETE', '/keys/zero')).status, 404);
  });

  it('a read carries a tag, and who has it already gets no body', async () => {
    const first = await appliance.get('/api/v1/repos');
    const tag = first.headers.get('etag')!;
    const headers = { 'x-api-key': appliance.key, 'if-none-match': tag };
    const again = await fetch(`${appliance.url}/api/v1/repos`, { headers });
    assert.deepEqual([again.status, await again.text()], [304, '']);
    await appliance.post({ ...run, repo: 'acme/new' });
    const changed = await fetch(`${appliance.url}/api/v1/repos`, { headers });
    assert.equal(changed.status, 200);
  });
});

describe('plans', () => {
  type UsageJson = {
    plan: string;
    creditsUsed: number;
    creditsLeft: number | null;
    resetAt: string;
  };
  const clock = new MovableClock({ startMs: Date.parse('2026-11-20T10:00:00Z') });
  let appliance: Appliance;
  before(async () => {
    appliance = await openAppliance({ app: { clock } });
  });
  after(() => appliance.close());
  const usage = async () => (await (await appliance.get('/api/v1/usage')).json()) as UsageJson;
  const choose = (plan: string, monthlyCredits: number | null) =>
    setPlan(
      { store: appliance.store, clock, authenticator: null },
      { id: 1, plan, monthlyCredits },
    );

  it('a fresh appliance locks nothing, and counts all the same', async () => {
    await appliance.post(run);
    const told = await usage();
    assert.deepEqual([told.plan, told.creditsUsed, told.creditsLeft], ['team', 2, null]);
  });

  it('on free a run, each run of a batch and each read cost one; refusals and dry runs nothing', async () => {
    await choose('free', 12);
    assert.equal((await usage()).creditsUsed, 3);
    await appliance.post({ repo: 'x' });
    await fetch(`${appliance.url}/api/v1/test-runs?dryRun=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': appliance.key },
      body: JSON.stringify(run),
    });
    const batch = { runs: [run, { repo: 'bad' }, run] };
    await fetch(`${appliance.url}/api/v1/test-runs/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': appliance.key },
      body: JSON.stringify(batch),
    });
    await appliance.get('/api/v1/repos');
    assert.equal((await usage()).creditsUsed, 3 + 2 + 1 + 1);
  });

  it('used up: 429 with the seconds to the end of the month, for runs and reads alike', async () => {
    for (let used = 7; used < 12; used++) assert.equal((await appliance.post(run)).status, 202);
    const answers = [await appliance.post(run), await appliance.get('/api/v1/repos')];
    for (const answer of answers) {
      assert.equal(answer.status, 429);
      const { error } = (await answer.json()) as { error: { code: string } };
      assert.equal(error.code, 'quota_exceeded');
      const end = Date.parse('2026-12-01T00:00:00Z');
      const seconds = Number(answer.headers.get('retry-after'));
      assert.ok(Math.abs(seconds - (end - clock.now()) / 1000) < 60);
    }
    const cookie = await appliance.signIn({ nowMs: clock.now() });
    const page = await fetch(appliance.url, { headers: { cookie, accept: 'text/html' } });
    assert.equal(page.status, 429);
    assert.match(
      await page.text(),
      /credits of this month are used up; they are renewed on 2026-12-01/,
    );
  });

  it('an Idempotency-Key answers again and costs no second credit', async () => {
    await choose('free', 13);
    const keyed = { 'idempotency-key': 'once' };
    assert.equal((await appliance.post(run, keyed)).status, 202);
    assert.equal((await appliance.post(run, keyed)).status, 202, 'the second is the first');
    assert.equal((await appliance.post(run)).status, 429);
  });

  it('the next month begins anew, and a clock that goes back does not reopen the last one', async () => {
    clock.advance(12 * 86_400_000);
    const next = await usage();
    assert.deepEqual([next.creditsUsed, next.resetAt], [1, '2027-01-01T00:00:00.000Z']);
    clock.advance(-12 * 86_400_000);
    const back = await usage();
    assert.deepEqual([back.creditsUsed, back.resetAt], [2, '2027-01-01T00:00:00.000Z']);
  });
});
