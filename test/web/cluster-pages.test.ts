import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { untilJudged } from '../helpers/judged-history.ts';
import { textOf, Visitor } from '../helpers/visitor.ts';

const list = '/r/acme/web/-/clusters';

describe('the pages of clusters', () => {
  let appliance: Appliance;
  let visitor: Visitor;
  before(async () => {
    appliance = await openAppliance();
    visitor = new Visitor(appliance.url, await appliance.signIn());
    const failed = (name: string, errorMessage?: string) => ({
      ...{ suite: 'cart', name, status: 'failed', ...(errorMessage && { errorMessage }) },
    });
    const lost = (port: number) =>
      `ConnectionError: lost connection to 10.0.0.1:${port} while reading`;
    const cases = [
      failed('reads', lost(5432)),
      failed('writes', lost(6543)),
      failed('adds', '=cmd|calc <b>is not</b> a number of items'),
      failed('is silent'),
    ];
    const answer = await appliance.post({
      repo: 'acme/web',
      summary: { total: 4, passed: 0, failed: 4 },
      cases,
    });
    await untilJudged(appliance, ((await answer.json()) as { id: string }).id);
  });
  after(() => appliance.close());

  it('failures that say the same but for a port are one row, with its tests counted', async () => {
    const { status, html } = await visitor.open(list);
    assert.equal(status, 200);
    assert.match(
      textOf(html),
      /ConnectionError: lost connection to 10\.0\.0\.1:5432 while reading ConnectionError 2 2 1 just now/,
    );
    assert.match(textOf(html), /Without a message/);
    assert.match(html, /=cmd\|calc &lt;b&gt;is not&lt;\/b&gt;/);
  });

  it('are searched, and an empty answer offers a way out', async () => {
    assert.doesNotMatch(textOf((await visitor.open(`${list}?q=CONNECTION`)).html), /=cmd/);
    assert.match(textOf((await visitor.open(`${list}?q=nobody`)).html), /No failure says that/);
  });

  it('as CSV a message that is a formula stays a text', async () => {
    const { html: csv } = await visitor.open(`${list}?format=csv`);
    assert.match(csv, /,"'=cmd\|calc <b>is not<\/b> a number of items",1,1,1,/);
  });

  it('one of them shows the message, its tests and both ends in time', async () => {
    const { html } = await visitor.open(`${list}?q=connection`);
    const [, href] = /href="(\/r\/acme\/web\/-\/clusters\/ef1:[^"]+)"/.exec(html)!;
    const page = await visitor.open(href!);
    assert.equal(page.status, 200);
    const text = textOf(page.html);
    assert.match(text, /2 failed cases|failed cases 2/);
    assert.match(text, /reads cart 1 just now/);
    assert.match(text, /writes cart 1 just now/);
    assert.match(text, /1 way to say it/);
  });

  it('what is no fingerprint, or of another repo, is not found', async () => {
    for (const wrong of ['ef1:x', `ef1:${'0'.repeat(32)}`, '%3Cscript%3E']) {
      assert.equal((await visitor.open(`${list}/${wrong}`)).status, 404, wrong);
    }
  });

  it('a repo without failures says what to send', async () => {
    await appliance.post({ repo: 'acme/calm', summary: { total: 1, passed: 1, failed: 0 } });
    const { html } = await visitor.open('/r/acme/calm/-/clusters');
    assert.match(textOf(html), /Send errorMessage with failing cases/);
  });
});
