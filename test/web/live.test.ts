import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

type Events = {
  status: number;
  /** the next event: its name and data; null when the stream ends */
  next(): Promise<{ name: string; data: string } | null>;
  /** what arrives within a second and a half */
  soon(): Promise<string | null>;
  close(): void;
};

/** Listens as a page does. */
async function listen(url: string, cookie?: string): Promise<Events> {
  const stop = new AbortController();
  const headers = { accept: 'text/event-stream', ...(cookie && { cookie }) };
  const answer = await fetch(url, { headers, signal: stop.signal });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async () => {
    for (;;) {
      const [, name, data, rest] = /^event: (\w+)\ndata: (.*)\n\n([\s\S]*)$/.exec(text) ?? [];
      if (name !== undefined) {
        text = rest!;
        return { name, data: data! };
      }
      const { value, done } = await reader.read();
      if (done) return null;
      text += value;
    }
  };
  let pending: ReturnType<typeof next> | null = null;
  const once = async () => {
    pending ??= next();
    const event = await pending;
    pending = null;
    return event;
  };
  const soon = async () =>
    Promise.race([once().then((event) => event?.name ?? null), sleep(1500, 'nothing')]);
  return { status: answer.status, next: once, soon, close: () => stop.abort() };
}

const run = (repo: string) => ({ repo, summary: { total: 1, passed: 1, failed: 0 } });

describe('live', () => {
  let appliance: Appliance;
  let cookie: string;
  before(async () => {
    appliance = await openAppliance();
    cookie = await appliance.signIn();
    await appliance.post(run('acme/web'));
  });
  after(() => appliance.close());
  const all = () => `${appliance.url}/live`;
  const one = (slug: string) => `${appliance.url}/live?repo=${encodeURIComponent(slug)}`;
  const opened = async (url: string, who?: string) => {
    const events = await listen(url, who);
    const hello = await events.next();
    assert.equal(hello?.name, 'hello');
    return { ...events, id: hello!.data };
  };

  it('a run is told of when it is stored and when it is judged, on the page of its repo and of all', async () => {
    const pages = [await opened(all(), cookie), await opened(one('ACME/web'), cookie)];
    await sleep(1000);
    await appliance.post(run('acme/web'));
    for (const page of pages) {
      assert.equal((await page.next())?.name, 'change');
    }
    await sleep(1000);
    await appliance.store.rebuild('acme/web');
    for (const page of pages) {
      assert.equal((await page.next())?.name, 'change');
      page.close();
    }
  });

  it('a batch and another format are told of too', async () => {
    const page = await opened(one('acme/batch'), cookie).catch(() => null);
    assert.equal(page, null, 'there is no such repo yet');
    await appliance.post(run('acme/batch'));
    await sleep(1500);
    const listening = await opened(one('acme/batch'), cookie);
    const headers = { 'content-type': 'application/json', 'x-api-key': appliance.key };
    const body = JSON.stringify({ runs: [run('acme/batch')] });
    await fetch(`${appliance.url}/api/v1/test-runs/batch`, { method: 'POST', headers, body });
    assert.equal((await listening.next())?.name, 'change');
    listening.close();
  });

  it('nothing is told of other repos, of a trial and of a refused run', async () => {
    const page = await opened(one('acme/web'), cookie);
    await appliance.post(run('acme/other'));
    const headers = { 'content-type': 'application/json', 'x-api-key': appliance.key };
    const body = JSON.stringify(run('acme/web'));
    await fetch(`${appliance.url}/api/v1/test-runs?dryRun=1`, { method: 'POST', headers, body });
    await appliance.post({ repo: 'acme/web' });
    assert.equal(await page.soon(), 'nothing');
    page.close();
  });

  it('a stranger hears of public repos alone', async () => {
    await appliance.post(run('acme/open'));
    await appliance.store.accounts.setRepoPublic(1, 'acme/open', true, theOperator, Date.now());
    assert.equal((await listen(one('acme/web'))).status, 401);
    await sleep(1000);
    const page = await opened(all());
    await appliance.post(run('acme/web'));
    assert.equal(await page.soon(), 'nothing');
    await appliance.post(run('acme/open'));
    assert.equal((await page.next())?.name, 'change');
    page.close();
  });

  it('who signs out hears no more', async () => {
    const leaving = await appliance.signIn();
    const page = await opened(all(), leaving);
    const headers = { cookie: leaving, origin: appliance.url };
    await fetch(`${appliance.url}/logout`, { method: 'POST', redirect: 'manual', headers });
    await sleep(1000);
    await appliance.post(run('acme/web'));
    assert.equal(await page.soon(), 'nothing');
    page.close();
  });

  it('keeping an open page fresh costs no credit, a page view does', async () => {
    const page = await opened(one('acme/web'), cookie);
    const credits = async () =>
      ((await (await appliance.get('/api/v1/usage')).json()) as { creditsUsed: number })
        .creditsUsed;
    const used = async (headers: Record<string, string>) => {
      const before = await credits();
      await fetch(`${appliance.url}/r/acme/web`, { headers: { cookie, ...headers } });
      return (await credits()) - before - 1;
    };
    assert.equal(await used({ 'x-live': page.id }), 0);
    assert.equal(await used({ 'x-live': 'made-up' }), 1);
    page.close();
  });

  it('a stop ends the connections at once, because it waits for what was begun', async () => {
    const stopping = await openAppliance();
    const page = await listen(`${stopping.url}/live`);
    await page.next();
    const begun = performance.now();
    await stopping.close();
    assert.equal(await page.next(), null);
    assert.ok(performance.now() - begun < 5000);
  });
});
