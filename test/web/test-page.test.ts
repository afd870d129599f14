import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { textOf, Visitor } from '../helpers/visitor.ts';

describe('the page of a test', () => {
  let appliance: Appliance;
  let visitor: Visitor;
  let path: string;
  let incident: string;
  before(async () => {
    appliance = await openAppliance();
    const { testId, incidentId } = await postJudgedHistory(appliance);
    path = `/r/acme/web/-/tests/${testId}`;
    incident = `/r/acme/web/-/incidents/${incidentId}`;
    visitor = new Visitor(appliance.url, await appliance.signIn());
  });
  after(() => appliance.close());

  it('says how it stands and why, in a sentence and in numbers that tell their formula', async () => {
    const { status, html } = await visitor.open(path);
    assert.equal(status, 200);
    const text = textOf(html);
    assert.match(text, /lost ▲ broken/);
    assert.match(text, /It failed in each of the newest 4 commits, and passed before\. P\(/);
    assert.match(text, /P\(broken\) is 0\.99\d*, at or above 0\.8: its newest results fail/);
    assert.match(html, /<abbr title="P\(flaky\) × \(a \+ f\)[^"]*">/);
    assert.match(text, /How these numbers came about/);
  });

  it('shows each result with what it was, and leads from a failure to its run', async () => {
    const { html } = await visitor.open(path);
    assert.match(textOf(html), /The newest 24 results, oldest first: 20 passed, 4 failed/);
    const cells = [...html.matchAll(/<li class="cell (\w+)[^"]*">(.*?)<\/li>/g)];
    assert.equal(
      cells.map(([, status]) => (status === 'failed' ? 'x' : '.')).join(''),
      `${'.'.repeat(20)}xxxx`,
    );
    assert.match(
      cells.at(-1)![2]!,
      /^<a href="\/r\/acme\/web\/-\/runs\/[^"]+" aria-label="failed · c0023 · main · /,
    );
  });

  it('names who may have broken it and leads to the incident', async () => {
    const { html } = await visitor.open(path);
    assert.match(textOf(html), /Who broke it .*c0020 9\d/);
    assert.ok(html.includes(`href="${incident}"`));
  });

  it('draws how long it took, with the numbers beside the picture', async () => {
    const { html } = await visitor.open(path);
    assert.match(html, /aria-label="20 passes of the default branch; now 40.ms in the middle/);
    assert.equal([...html.matchAll(/<circle class="dot"/g)].length, 20);
  });

  it('has its results as CSV', async () => {
    const { html: csv } = await visitor.open(`${path}?format=csv`);
    const lines = csv.trimEnd().split('\r\n');
    assert.equal(lines.length, 25);
    assert.match(lines[1]!, /^20\d\d-[^,]*,failed,1,40,main,c0023,unit,,1,/);
  });

  it('a test that is not there, and an id that is none, are not found', async () => {
    for (const id of ['0000000000000000', 'x', '%3Cscript%3E', '../..']) {
      assert.equal((await visitor.open(`/r/acme/web/-/tests/${id}`)).status, 404, id);
    }
  });

  it('one that is not judged yet says so instead of showing numbers of nothing', async () => {
    const cases = [{ suite: 's', name: 'fresh', status: 'passed' }];
    await appliance.post({
      repo: 'acme/fresh',
      summary: { total: 1, passed: 1, failed: 0 },
      cases,
    });
    const answer = await appliance.get('/api/v1/repos/acme%2Ffresh/runs?limit=1');
    const { items } = (await answer.json()) as { items: { id: string }[] };
    const all = await appliance.get(`/api/v1/test-runs/${items[0]!.id}/cases`);
    const { items: found } = (await all.json()) as { items: { testId: string }[] };
    const { html } = await visitor.open(`/r/acme/fresh/-/tests/${found[0]!.testId}`);
    assert.match(textOf(html), /not judged yet|It was seen at 1 of the 3 commits/);
  });
});

describe('the page of a test with variants', () => {
  it('shows the one that stands worst, and the others on demand', async () => {
    const appliance = await openAppliance();
    try {
      const run = (job: string, status: string, commit: string) => ({
        ...{ repo: 'acme/matrix', branch: 'main', job, commit },
        summary: {
          total: 1,
          passed: status === 'passed' ? 1 : 0,
          failed: status === 'passed' ? 0 : 1,
        },
        cases: [{ suite: 's', name: 'one', status }],
      });
      for (let i = 0; i < 6; i++) {
        await appliance.post(run('linux', 'passed', `c${i}`));
        await appliance.post(run('windows', 'failed', `c${i}`));
      }
      const list = async () => {
        const answer = await appliance.get('/api/v1/repos/acme%2Fmatrix/tests');
        return (
          (await answer.json()) as { items: { id: string; variants: unknown[]; runs: number }[] }
        ).items[0];
      };
      let test = await list();
      for (let i = 0; i < 100 && test?.runs !== 12; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        test = await list();
      }
      const visitor = new Visitor(appliance.url, await appliance.signIn());
      const path = `/r/acme/matrix/-/tests/${test!.id}`;
      const worst = textOf((await visitor.open(path)).html);
      assert.match(worst, /one × always failing windows , one of 2 variants/);
      assert.match(worst, /The newest 6 results, oldest first: 6 failed/);
      const other = textOf((await visitor.open(`${path}?job=linux`)).html);
      assert.match(other, /The newest 6 results, oldest first: 6 passed/);
    } finally {
      await appliance.close();
    }
  });
});
