import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';

describe('a badge', () => {
  let appliance: Appliance;
  let cookie: string;
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${appliance.url}/badge/${path}`, { redirect: 'manual', headers });
  const show = (isPublic: string) =>
    fetch(`${appliance.url}/settings/repos`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, origin: appliance.url },
      body: new URLSearchParams({ repo: 'acme/web', public: isPublic }),
    });

  before(async () => {
    appliance = await openAppliance();
    cookie = await appliance.signIn();
    await postJudgedHistory(appliance);
    await appliance.post({ repo: 'acme/private', summary: { total: 1, passed: 1, failed: 0 } });
    assert.equal((await show('1')).status, 303);
  });
  after(() => appliance.close());

  it('tells the grade, the flaky tests or the pass rate, in words too', async () => {
    for (const [query, words] of [
      ['', /aria-label="tests: [A-F] \d+\.\d"/],
      ['?metric=flakiness', /aria-label="flaky tests: \d+"/],
      ['?metric=passRate', /aria-label="pass rate: [\d.]+ %"/],
    ] as const) {
      const answer = await get(`acme/web.svg${query}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'image/svg+xml');
      assert.match(await answer.text(), words);
    }
    assert.equal((await get('acme/web.svg?metric=constructor')).status, 400);
  });
  it('of a public repo is shown on any site, and kept for a minute', async () => {
    const { headers } = await get('acme%2Fweb.svg');
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin');
    assert.equal(headers.get('cache-control'), 'public, max-age=60');
  });
  it('that has not changed is not sent again', async () => {
    const etag = (await get('acme/web.svg')).headers.get('etag')!;
    const again = await get('acme/web.svg', { 'if-none-match': etag });
    assert.deepEqual([again.status, await again.text()], [304, '']);
  });
  it('of a private repo is not there for strangers, and is no way to find out what is', async () => {
    const answers = await Promise.all(['acme/private.svg', 'acme/none.svg'].map((one) => get(one)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404],
    );
    const [own, other] = await Promise.all(answers.map((answer) => answer.text()));
    assert.equal(own, other);
  });
  it('of a private repo is there for its members, and in no shared cache', async () => {
    const answer = await get('acme/private.svg', { cookie });
    assert.match(await answer.text(), /aria-label="tests: not enough data"/);
    assert.equal(answer.headers.get('cache-control'), 'private, no-cache');
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin');
  });
  it('goes when the repo is made private', async () => {
    await show('0');
    assert.equal((await get('acme/web.svg')).status, 404);
  });
});
