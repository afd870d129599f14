import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { green } from '../helpers/pictured-runs.ts';
import { readPage } from '../helpers/read-page.ts';
import { textOf } from '../helpers/visitor.ts';

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u202egnirts desrever',
  'x'.repeat(1000),
];

describe('the page of a judged repo', () => {
  let appliance: Appliance;
  let cookie: string;
  let ids: { incidentId: string; testId: string };
  const get = (path: string) => readPage(appliance.url + path, { cookie });

  before(async () => {
    appliance = await openAppliance();
    cookie = await appliance.signIn();
    // Each at its own commits, because tests that fail together are no flakes.
    const shaky = (i: number) => `${green(i)}${'x.....'.repeat(4)}`.slice(0, 24);
    await postJudgedHistory(
      appliance,
      Object.fromEntries(hostile.map((name, i) => [name, shaky(i + 1)])),
    );
    const answer = await appliance.get('/api/v1/repos/acme%2Fweb/incidents?kind=new-failure');
    const { items } = (await answer.json()) as { items: { id: string; tests: { id: string }[] }[] };
    ids = { incidentId: items[0]!.id, testId: items[0]!.tests[0]!.id };
    await appliance.post({ repo: 'acme/young', summary: { total: 1, passed: 1, failed: 0 } });
  });
  after(() => appliance.close());

  it('says the letter, why, and what would raise it, because that is what people come for', async () => {
    const { html } = await get('/r/acme/web');
    const text = textOf(html);
    assert.match(text, /Grade [A-F]/);
    assert.match(text, /1 test broken − minus \d+\.\d/);
    assert.match(text, /Fix (this test|these \d+ tests) → [A-F] \(\d+\.\d\)/);
    assert.match(html, new RegExp(`<li><a href="/r/acme/web/-/tests/${ids.testId}">`));
  });
  it('the points that it takes off are those that the score lacks', async () => {
    const text = textOf((await get('/r/acme/web')).html);
    const score = Number(/ (\d+\.\d) \d+–\d+ /.exec(text)![1]);
    const lost = [...text.matchAll(/minus (\d+\.\d)/g)].map(([, points]) => Number(points));
    assert.equal(lost.length, 5);
    const sum = lost.reduce((total, points) => total + points, 0);
    assert.ok(Math.abs(100 - sum - score) < 0.5, `${sum} ${score}`);
  });
  it('leads to the open incident with its suspect', async () => {
    const { html } = await get('/r/acme/web');
    assert.match(html, new RegExp(`href="/r/acme/web/-/incidents/${ids.incidentId}"`));
    assert.match(textOf(html), /▲ new failure lost is broken cart · since c00\d\d \(\d/);
  });
  it('draws no line through a single day, and refuses windows that it does not have', async () => {
    assert.doesNotMatch((await get('/r/acme/web?days=28')).html, /<figure/);
    assert.equal((await get('/r/acme/web?days=7')).status, 400);
  });
  it('names the flakiest tests and its suites', async () => {
    const { html } = await get('/r/acme/web');
    assert.match(textOf(html), /Flakiest tests/);
    assert.match(html, /href="\/r\/acme\/web\/-\/tests\?suite=cart"/);
  });
  it('no name gets out of its place, whatever it is made of', async () => {
    const { html } = await get('/r/acme/web');
    assert.doesNotMatch(html, /<script>alert|<img/);
    assert.match(html, /&lt;script&gt;alert\(1\)/);
    assert.match(html, /\[U\+202E\]/);
    assert.doesNotMatch(html, /x{400}/);
  });
  it('a repo with too little data says what it has and what it waits for', async () => {
    const text = textOf((await get('/r/acme/young')).html);
    assert.match(text, /Not enough data yet/);
    assert.match(text, /1 of 5 runs of the default branch|are being judged/);
    assert.match(text, /curl http/);
  });
});
