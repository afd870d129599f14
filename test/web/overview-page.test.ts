import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sparklineOf } from '../../src/web/pages/parts/sparkline.ts';
import { smallStripOf } from '../../src/web/pages/parts/strip.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { readPage } from '../helpers/read-page.ts';
import { decode, textOf } from '../helpers/visitor.ts';

describe('the list of all repos, judged', () => {
  let appliance: Appliance;
  let cookie: string;
  const get = (path: string) => readPage(appliance.url + path, { cookie });
  const names = (html: string) =>
    [...html.matchAll(/<th scope="row" class="name"><a [^>]*><bdi>(.*?)<\/bdi>/g)].map(
      ([, name]) => name,
    );

  before(async () => {
    appliance = await openAppliance();
    cookie = await appliance.signIn();
    for (const repo of ['acme/aaa', 'zoo/zzz']) {
      await appliance.post({ repo, summary: { total: 1, passed: 1, failed: 0 } });
    }
    await postJudgedHistory(appliance);
  });
  after(() => appliance.close());

  it('the repo with an open incident comes first, with its grade and a way to the incident', async () => {
    const { html } = await get('/');
    assert.deepEqual(names(html), ['acme/web', 'acme/aaa', 'zoo/zzz']);
    assert.match(textOf(html), /3 repos · 1 needs attention : acme\/web/);
    assert.match(textOf(html), /Grade [A-F] \d+\.\d \d+–\d+ acme\/web main · c0023/);
    assert.match(html, /href="\/r\/acme\/web\/-\/incidents\?state=open"/);
  });
  it('says of the interval how it is meant, and of a repo without a grade what it waits for', async () => {
    const { html } = await get('/');
    assert.match(html, /title="Grade [A-F]: .* \(80 % interval\)\."/);
    assert.match(html, /title="Not graded yet: a grade needs 5 runs/);
  });
  it('sorts by each column, over all repos, and a search keeps the order', async () => {
    const { html } = await get('/');
    const links = [...html.matchAll(/<th scope="col"[^>]*><a href="([^"]*)"/g)];
    assert.equal(links.length, 6);
    for (const [, href] of links) assert.equal((await get(decode(href!))).status, 200, `${href}`);
    assert.deepEqual(names((await get('/?sort=name')).html), ['acme/aaa', 'acme/web', 'zoo/zzz']);
    assert.deepEqual(names((await get('/?sort=grade')).html)[0], 'acme/web');
    assert.deepEqual(names((await get('/?sort=lastRun')).html).at(-1), 'acme/web');
    assert.match((await get('/?q=acme')).html, /href="\/\?q=acme&amp;sort=name"/);
    assert.equal((await get('/?sort=constructor')).status, 400);
  });
  it('a cursor of a repo that is gone begins anew instead of showing nothing', async () => {
    assert.equal(names((await get('/?cursor=acme%2Fgone')).html).length, 3);
  });
  it('nobody sees in it what they may not see', async () => {
    const { status } = await readPage(`${appliance.url}/`);
    assert.equal(status, 303);
  });
});

describe('a line of daily grades', () => {
  it('ends at the right edge today, and begins where there was a grade', () => {
    const { path, end } = sparklineOf(
      [
        { day: 100, score: 100 },
        { day: 127, score: 40 },
      ],
      127,
    );
    assert.equal(path, 'M2 2L110 28');
    assert.deepEqual(end, { x: 110, y: 28 });
  });
  it('says in words what it shows', () => {
    assert.equal(sparklineOf([], 5).label, 'No grade in 28 days');
    const scores = [90, 61.2, 85].map((score, i) => ({ day: 100 + i, score }));
    assert.equal(
      sparklineOf(scores, 110).label,
      'Grade in 28 days, 3 with runs: A 90.0 to B 85.0, lowest D 61.2',
    );
  });
});

describe('a small strip', () => {
  it('is one shape for each outcome, with a cross on each failed run', () => {
    const run = (outcome: 'passed' | 'failed', i: number) => ({
      id: String(i),
      repo: 'a/b',
      branch: null,
      outcome,
      startedAtMs: i,
      summary: { failed: 0, durationMs: 10 },
    });
    const { shapes, crosses } = smallStripOf([
      run('passed', 3),
      run('failed', 2),
      run('passed', 1),
    ]);
    assert.deepEqual(
      shapes.map(({ outcome, path }) => [outcome, path.match(/M/g)!.length]),
      [
        ['passed', 2],
        ['failed', 1],
      ],
    );
    assert.equal(crosses.match(/M/g)!.length, 1);
  });
});
