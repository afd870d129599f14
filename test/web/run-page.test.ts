import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory, untilJudged } from '../helpers/judged-history.ts';
import { textOf, Visitor } from '../helpers/visitor.ts';

const main = { repo: 'acme/web', branch: 'main', job: 'unit' };

describe('the failures on the page of a run', () => {
  let appliance: Appliance;
  let visitor: Visitor;
  before(async () => {
    appliance = await openAppliance();
    await postJudgedHistory(appliance);
    visitor = new Visitor(appliance.url, await appliance.signIn());
  });
  after(() => appliance.close());

  /** A run of a commit in which these tests fail, judged. */
  async function failing(names: string[], more: object = {}): Promise<string> {
    const cases = names.map((name) => ({
      ...{ suite: name === 'lost' ? 'cart' : 'new', name, status: 'failed' },
      errorMessage: `expected ${name}\nto be found`,
    }));
    const passed = Array.from({ length: 40 }, (_, i) => ({
      ...{ suite: 'cart', name: `other ${i % 20}${i < 20 ? '' : ' b'}`, status: 'passed' },
    }));
    const all = [...cases, ...passed];
    const summary = { total: all.length, passed: 40, failed: names.length };
    const answer = await appliance.post({ ...main, summary, cases: all, ...more });
    const { id } = (await answer.json()) as { id: string };
    await untilJudged(appliance, id);
    return `/r/acme/web/-/runs/${id}`;
  }

  it('stand first, by cause, and tell what is new from what was broken before', async () => {
    const path = await failing(['lost', 'fresh'], { commit: 'd1' });
    const text = textOf((await visitor.open(path)).html);
    assert.match(text, /2 failures, 2 causes/);
    assert.match(text, /▲ 1 new Nothing that was known before explains it/);
    assert.match(text, /↺ 1 broken before It fails since an earlier commit/);
    assert.match(text, /expected fresh .* first seen in this run/);
    assert.match(text, /Part of a new failure of/);
    assert.ok(text.indexOf('2 failures') < text.indexOf('Suite or name'));
  });

  it('lead to the tests and to the cluster', async () => {
    const { html } = await visitor.open(await failing(['lost'], { commit: 'd2' }));
    assert.match(html, /<ul class="refs"><li><a href="\/r\/acme\/web\/-\/tests\/[0-9a-f]{16}">/);
    assert.match(html, /href="\/r\/acme\/web\/-\/clusters\/ef1:[0-9a-f]{32}"/);
  });

  it('of a mass failure are laid to the machines, not to the change', async () => {
    const names = Array.from({ length: 40 }, (_, i) => `many ${i}`);
    const text = textOf((await visitor.open(await failing(names, { commit: 'd3' }))).html);
    assert.match(text, /✱ 40 mass failure So much was in trouble at once/);
  });

  it('a green run has no such part', async () => {
    const answer = await appliance.post({ ...main, summary: { total: 1, passed: 1, failed: 0 } });
    const { id } = (await answer.json()) as { id: string };
    assert.doesNotMatch((await visitor.open(`/r/acme/web/-/runs/${id}`)).html, /id="failures"/);
  });

  it('with hostile messages and names are text and nothing else', async () => {
    const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>\u202e`;
    const { html } = await visitor.open(await failing([evil], { commit: 'd4' }));
    assert.doesNotMatch(html, /<img|<script>alert/);
    assert.match(html, /&lt;script&gt;alert\(2\)/);
    assert.doesNotMatch(html, /\u202e/);
  });
});
