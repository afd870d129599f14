import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { green } from '../helpers/pictured-runs.ts';
import { readPage } from '../helpers/read-page.ts';
import { decode, textOf } from '../helpers/visitor.ts';

const hostile = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '=cmd|calc'];

describe('the lists of a judged repo', () => {
  let appliance: Appliance;
  let cookie: string;
  const get = (path: string) => readPage(`${appliance.url}/r/acme/web/-/${path}`, { cookie });
  const names = (html: string) =>
    [...html.matchAll(/class="name"><a [^>]*><bdi>(.*?)<\/bdi>/g)].map(([, name]) => decode(name!));
  const lines = async (path: string) => (await get(path)).html.trimEnd().split('\r\n');

  before(async () => {
    appliance = await openAppliance();
    cookie = await appliance.signIn();
    // Each at its own commits, because tests that fail together are no flakes.
    const shaky = (i: number) => `${green(i)}${'x.....'.repeat(4)}`.slice(0, 24);
    const flaky = Object.fromEntries(hostile.map((name, i) => [name, shaky(i + 1)]));
    await postJudgedHistory(appliance, { ...flaky, 'seldom shaky': `${green(5)}x${green(18)}` });
  });
  after(() => appliance.close());

  it('the worst test comes first, because nobody reads to the end', async () => {
    const { html } = await get('tests');
    assert.equal(names(html)[0], 'lost');
    assert.match(textOf(html), /▲ broken/);
    assert.match(
      html,
      /<th scope="col" aria-sort="descending"><a href="[^"]*" title="[^"]*">State/,
    );
  });
  it('a state, a suite and a word narrow the tests, and the counts say how many there are', async () => {
    const { html } = await get('tests');
    const [, n] = /state=flaky">flaky <span class="n">(\d+)</.exec(html)!;
    const flaky = await get('tests?state=flaky');
    assert.equal(names(flaky.html).length, Number(n));
    assert.deepEqual(names((await get('tests?q=LOST')).html), ['lost']);
    assert.equal(names((await get('tests?suite=cart')).html).length, 25);
    assert.match(textOf((await get('tests?suite=none')).html), /No test matches\. Show all/);
    assert.match(textOf((await get('tests?slow=1')).html), /No test matches\. Show all/);
  });
  it('links keep what was chosen before', async () => {
    const { html } = await get('tests?state=flaky&q=s');
    assert.match(html, /href="\/r\/acme\/web\/-\/tests\?state=flaky&amp;q=s&amp;sort=medianMs"/);
    assert.match(html, /<input type="hidden" name="state" value="flaky">/);
  });
  it('sorts by every column that offers it', async () => {
    for (const list of ['tests', 'flaky', 'suites']) {
      const { html } = await get(list);
      const links = [...html.matchAll(/<th scope="col"[^>]*><a href="([^"]*)"/g)];
      assert.ok(links.length >= 4, list);
      for (const [, href] of links) {
        const sorted = await readPage(appliance.url + decode(href!), { cookie });
        assert.equal(sorted.status, 200);
        assert.equal(sorted.html.match(/aria-sort=/g)?.length, 1, `${href}`);
      }
    }
    const byName = names((await get('tests?sort=name')).html);
    assert.deepEqual(byName, byName.toSorted());
    assert.equal((await get('tests?sort=__proto__')).status, 400);
  });
  it('flaky tests come by what they cost, with their share of the false reds', async () => {
    const { html } = await get('flaky');
    const shares = [...html.matchAll(/data-label="Share">([\d.]+)/g)].map(([, n]) => Number(n));
    assert.ok(shares.length >= 3);
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => b - a),
    );
    assert.match(html, /<svg class="interval"/);
  });
  it('suites stand with their grade, and lead to their tests', async () => {
    const { html } = await get('suites');
    assert.match(textOf(html), /cart Grade [A-F] \d+\.\d \d+–\d+/);
    assert.match(html, /href="\/r\/acme\/web\/-\/tests\?suite=cart"/);
    assert.match(textOf((await get('suites?q=none')).html), /No suite matches/);
  });
  it('the CSV has the rows that the page shows, with the same filters', async () => {
    for (const list of ['tests', 'tests?state=flaky&sort=name', 'flaky?q=script', 'suites']) {
      const { html } = await get(list);
      const [, href] = /href="([^"]*format=csv)"/.exec(html)!;
      const csv = await readPage(appliance.url + decode(href!), { cookie });
      assert.match(csv.headers['content-type']!, /^text\/csv/);
      assert.equal(csv.html.trimEnd().split('\r\n').length, 1 + names(html).length, list);
    }
  });
  it('a name that a spreadsheet would compute is text in the CSV', async () => {
    const [, row] = await lines('tests?q=%3Dcmd&format=csv');
    assert.match(row!, /^[0-9a-f]{16},cart,"'=cmd\|calc",flaky,false,1,/);
  });
  it('no name gets out of its place', async () => {
    for (const list of ['tests', 'flaky', 'suites']) {
      const { html } = await get(list);
      assert.doesNotMatch(html, /<script>alert|<img/, list);
    }
    assert.match((await get('flaky')).html, /&lt;script&gt;alert\(1\)/);
  });
  it('a list of a repo that is not there, or not judged, says so', async () => {
    assert.equal((await readPage(`${appliance.url}/r/acme/no/-/tests`, { cookie })).status, 404);
    await appliance.post({ repo: 'acme/new', summary: { total: 1, passed: 1, failed: 0 } });
    for (const [list, words] of [
      ['tests', /No test is known yet|Nothing is judged yet/],
      ['flaky', /No test is flaky|Nothing is judged yet/],
      ['suites', /No suite is known yet/],
    ] as const) {
      const { html } = await readPage(`${appliance.url}/r/acme/new/-/${list}`, { cookie });
      assert.match(textOf(html), words);
    }
  });
});
