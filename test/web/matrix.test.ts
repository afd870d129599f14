import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

type Run = {
  id: string;
  outcome: string;
  job: string | null;
  uploads: number;
  attempts: number;
  shardsMissing: number[];
  otherJobs: { id: string; job: string | null; environment: string | null; outcome: string }[];
};

describe('the jobs of one CI run', () => {
  let appliance: Appliance;
  let cookie: string;
  before(async () => {
    appliance = await openAppliance();
    cookie = await appliance.signIn();
  });
  after(() => appliance.close());

  async function post(more: object, failed = 0): Promise<string> {
    const cases = [0, 1].map((i) => ({
      suite: 's',
      name: `${JSON.stringify(more).replace(/"runAttempt":\d,?/, '')} ${i}`,
      status: i < failed ? 'failed' : 'passed',
    }));
    const summary = { total: 2, passed: 2 - failed, failed };
    const answer = await appliance.post({
      repo: 'acme/web',
      commit: 'abc',
      summary,
      cases,
      ...more,
    });
    const text = await answer.text();
    assert.equal(answer.status, 202, text);
    return (JSON.parse(text) as { id: string }).id;
  }
  const runOf = async (id: string): Promise<Run> =>
    (await (await appliance.get(`/api/v1/test-runs/${id}`)).json()) as Run;
  const pageOf = async (id: string): Promise<string> => {
    const answer = await fetch(`${appliance.url}/r/acme/web/-/runs/${id}`, {
      headers: { accept: 'text/html', cookie },
    });
    assert.equal(answer.status, 200);
    return answer.text();
  };
  const told = ({ otherJobs }: Run) =>
    otherJobs.map(({ job, environment, outcome }) => [job, environment, outcome].join(' · '));

  it('are shown with each of them, those that failed first and names in the order of their numbers', async () => {
    const runKey = 'ci-1';
    const unit = await post({ runKey, job: 'unit', environment: 'node 22' });
    await post({ runKey, job: 'unit', environment: 'node 9' });
    await post({ runKey, job: 'unit', environment: 'node 10' });
    const e2e = await post({ runKey, job: 'e2e' }, 1);
    await post({ runKey: 'ci-2', job: 'unit' });
    await post({ runKey, job: 'unit', repo: 'acme/other' });
    assert.deepEqual(told(await runOf(unit)), [
      'e2e ·  · failed',
      'unit · node 9 · passed',
      'unit · node 10 · passed',
    ]);
    const html = await pageOf(unit);
    assert.match(html, /3 other jobs of this CI run: 1 failed, 2 passed/);
    assert.ok(html.includes(`href="/r/acme/web/-/runs/${e2e}"`));
    assert.match(await pageOf(e2e), /<th scope="col">Environment<\/th>/);
  });

  it('a re-run of one shard of one job leaves the others as they were, and misses no shard', async () => {
    const runKey = 'ci-3';
    const shard = (index: number) => ({ index, total: 2 });
    const first = await post({ runKey, runAttempt: 1, job: 'rspec 1/2', shard: shard(1) }, 1);
    await post({ runKey, runAttempt: 1, job: 'rspec 2/2', shard: shard(2) });
    const lint = await post({ runKey, runAttempt: 1, job: 'lint' });
    assert.deepEqual(told(await runOf(lint)), ['rspec ·  · failed']);
    const again = await post({ runKey, runAttempt: 2, job: 'rspec 1/2', shard: shard(1) });
    const run = await runOf(again);
    assert.deepEqual(
      [run.id, run.job, run.outcome, run.uploads, run.attempts, run.shardsMissing],
      [first, 'rspec', 'flaky', 3, 2, []],
    );
    assert.deepEqual(told(run), ['lint ·  · passed']);
    assert.deepEqual(told(await runOf(lint)), ['rspec ·  · flaky']);
    assert.match(await pageOf(lint), /1 other job of this CI run: 1 flaky/);
  });

  it('without a run key or alone, nothing is shown', async () => {
    for (const more of [{ commit: 'lonely' }, { runKey: 'lonely', job: 'unit' }]) {
      const id = await post(more);
      assert.deepEqual((await runOf(id)).otherJobs, []);
      assert.doesNotMatch(await pageOf(id), /of this CI run/);
    }
  });

  it('of very many the newest 50 are shown and where the rest is', async () => {
    const runKey = 'ci-4';
    for (let i = 0; i < 51; i++) await post({ runKey, job: `job ${i}` });
    const last = await post({ runKey, job: 'last' });
    const run = await runOf(last);
    assert.equal(run.otherJobs.length, 50);
    assert.deepEqual([run.otherJobs[0]!.job, run.otherJobs[49]!.job], ['job 1', 'job 50']);
    const html = await pageOf(last);
    assert.match(html, /More than 50 other jobs of this CI run/);
    assert.match(html, /<a href="\/r\/acme\/web\/-\/runs\?runKey=ci-4">All runs of this run key/);
  });

  it('names that are code are shown as text', async () => {
    const runKey = 'ci-5';
    const id = await post({ runKey, job: 'plain' });
    await post({ runKey, job: '<img src=x onerror=alert(1)>', environment: '"><script>' });
    const html = await pageOf(id);
    assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt;'));
    assert.ok(!html.includes('<img src=x') && !html.includes('"><script>'));
  });

  it('shards are missing by what came in any of very many uploads', async () => {
    const runKey = 'ci-6';
    const shards = [...Array(1100).keys()].map((i) => ({ index: 1100 - i, total: 1100 }));
    let id = '';
    for (const shard of shards.filter(({ index }) => index !== 7)) {
      id = await post({ runKey, shard, cases: [] });
    }
    assert.deepEqual((await runOf(id)).shardsMissing, [7]);
  });
});
