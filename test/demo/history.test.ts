import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { demoHistory } from '../../src/demo/history.ts';
import type { DemoUpload } from '../../src/demo/payload.ts';
import { repos } from '../../src/demo/repos.ts';
import { makeTests } from '../../src/demo/tests.ts';
import { readRunBytes } from '../../src/formats/json-run.ts';

type Case = { suite: string; name: string; status: string; durationMs: number; attempts?: number };
type Posted = {
  repo: string;
  branch: string;
  commit: string;
  parents: string[];
  commitTime: string;
  startedAt: string;
  runKey: string;
  runAttempt: number;
  shard?: { index: number; total: number };
  pullRequest?: number;
  summary: { total: number; failed: number; flaky: number };
  cases: (Case & { errorMessage?: string })[];
};

const thursday = Date.parse('2026-11-26T15:00:00Z');
const sundayNight = Date.parse('2026-12-06T02:40:00Z');
const dayMs = 86_400_000;
const big = 'demo/platform';

const digestOf = (uploads: Iterable<DemoUpload>): string => {
  const digest = createHash('sha256');
  for (const { receivedAtMs, body } of uploads) digest.update(`${receivedAtMs}`).update(body);
  return digest.digest('hex');
};
const parse = ({ body }: DemoUpload): Posted => JSON.parse(new TextDecoder().decode(body));

/** The 10,000 cases are dropped here: a hundred times that many objects fill the memory. */
const history = [...demoHistory(thursday)].map((upload) => {
  const posted = parse(upload);
  const { warnings } = readRunBytes(upload.body, upload.receivedAtMs);
  const casesPosted = posted.cases?.length ?? 0;
  if (posted.repo === big) posted.cases = posted.cases.filter((c) => c.status !== 'passed');
  return { ...posted, receivedAtMs: upload.receivedAtMs, warnings, casesPosted };
});
const onMain = (slug: string) =>
  history.filter(({ repo, branch }) => repo === slug && branch === 'main');
const failedOf = ({ cases }: Posted): string[] =>
  cases.filter(({ status }) => status === 'failed').map(({ suite, name }) => `${suite} ${name}`);
/** `.` passed, `~` flaky, `x` failed, `#` more than a tenth failed */
const picture = (runs: Posted[]): string =>
  runs
    .map(({ summary: { total, failed, flaky } }) =>
      failed > total / 10 ? '#' : failed > 0 ? 'x' : flaky > 0 ? '~' : '.',
    )
    .join('');

describe('demo history', () => {
  it('equal arguments give equal bytes, because a demo that changes cannot be talked about', () => {
    const first = digestOf(demoHistory(thursday));
    assert.equal(digestOf(demoHistory(thursday)), first);
    assert.notEqual(digestOf(demoHistory(thursday, 'another')), first);
  });

  it('another time tells the same story, because only the gaps follow the calendar', () => {
    const story = (uploads: Iterable<Posted>) =>
      [...uploads]
        .filter(({ repo }) => repo === 'demo/storefront' || repo === 'demo/billing')
        .map(({ repo, runKey, runAttempt, shard, commit, parents, summary, cases }) =>
          JSON.stringify([repo, runKey, runAttempt, shard, commit, parents, summary, cases]),
        )
        .sort();
    const moved = demoHistory(sundayNight).filter(({ body }) => body.length < 500_000);
    assert.deepEqual(story(moved.map(parse)), story(history));
  });

  for (const nowMs of [thursday, sundayNight]) {
    it(`arrives in order, within 90 days, up to an hour ago, at ${new Date(nowMs).toISOString()}`, () => {
      const times = demoHistory(nowMs)
        .map(({ receivedAtMs }) => receivedAtMs)
        .toArray();
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.ok(times[0]! >= nowMs - 90 * dayMs && times[0]! < nowMs - 80 * dayMs);
      assert.ok(times.at(-1)! <= nowMs && times.at(-1)! > nowMs - 3_600_000);
    });
  }

  it('is accepted without a warning, because a demo shows how to post', () => {
    assert.deepEqual(
      history.flatMap(({ warnings }) => warnings),
      [],
    );
  });

  it('commits follow their parents in time, because the order of commits is read from them', () => {
    for (const { slug } of repos) {
      const times = new Map<string, number>();
      for (const { commit, parents, commitTime, startedAt } of history.filter(
        ({ repo }) => repo === slug,
      )) {
        assert.ok(Date.parse(commitTime) < Date.parse(startedAt));
        times.set(commit, Date.parse(commitTime));
        for (const parent of parents) {
          assert.ok((times.get(parent) ?? 0) < Date.parse(commitTime), `${slug} ${commit}`);
        }
      }
      const merges = new Set(onMain(slug).map(({ commitTime }) => commitTime));
      assert.equal(merges.size, new Set(onMain(slug).map(({ commit }) => commit)).size);
    }
  });

  it('every change was a pull request before it was merged', () => {
    for (const { slug } of repos) {
      const proposed = new Set(
        history.filter((r) => r.repo === slug && r.pullRequest).map(({ commit }) => commit),
      );
      assert.ok(onMain(slug).every(({ parents }) => proposed.has(parents[1]!)));
    }
  });

  it('more runs fall on a weekday’s day than on its night and on weekends', () => {
    const isWork = (ms: number) => {
      const at = new Date(ms);
      return at.getUTCDay() % 6 !== 0 && at.getUTCHours() >= 8 && at.getUTCHours() < 18;
    };
    const atWork = history.filter(({ startedAt }) => isWork(Date.parse(startedAt))).length;
    assert.ok(atWork > history.length * 0.8);
  });

  it('no two tests of a repo have one name, because they would count as one', () => {
    for (const repo of repos) {
      const tests = makeTests(repo, 'demo');
      const names = new Set(tests.map(({ opening }) => opening));
      assert.equal(names.size, repo.tests, repo.slug);
    }
  });
});

describe('planted signals', () => {
  it('steady: 10,000 cases in about a hundred runs, main all but always green', () => {
    const runs = history.filter(({ repo }) => repo === big);
    assert.ok(runs.length >= 90 && runs.length <= 110);
    assert.ok(runs.every(({ casesPosted }) => casesPosted === 10_000));
    assert.match(picture(onMain(big)), /^[.~]+\.{20}$/);
  });

  it('flaky: ten tests, each about as often as planted, healed by retries or red', () => {
    const { flaky } = repos.find(({ slug }) => slug === 'demo/storefront')!;
    const runs = history.filter(
      ({ repo, runAttempt }) => repo === 'demo/storefront' && runAttempt === 1,
    );
    const units = runs.length / 4;
    const byTest = Map.groupBy(
      runs
        .flatMap(({ cases }) => cases)
        .filter(({ status, attempts }) => status === 'flaky' && attempts! > 1),
      ({ suite, name }) => `${suite} ${name}`,
    );
    const counts = [...byTest.values()].map((list) => list.length).sort((a, b) => b - a);
    assert.equal(counts.length, flaky.length);
    assert.ok(counts[0]! / units > 0.1 && counts[0]! / units < 0.25, `${counts}`);
    assert.ok(counts.at(-1)! / units < 0.03, `${counts}`);
  });

  it('flaky: red by chance is run again as attempt 2 of the same run', () => {
    const again = history.filter(
      ({ repo, runAttempt }) => repo === 'demo/storefront' && runAttempt === 2,
    );
    assert.ok(again.length >= 4);
    for (const { runKey } of again) {
      const both = history.filter((r) => r.repo === 'demo/storefront' && r.runKey === runKey);
      assert.equal(both.length, 8);
      assert.equal(new Set(both.map(({ commit }) => commit)).size, 1);
    }
  });

  it('broken: three tests fail in every run on main since one commit, and never before', () => {
    const runs = onMain('demo/billing');
    const red = failedOf(runs.at(-1)!);
    const alwaysRed = red.filter((test) =>
      runs.slice(-15).every((run) => failedOf(run).includes(test)),
    );
    assert.equal(alwaysRed.length, 3);
    const counts = runs.map(
      (run) => alwaysRed.filter((test) => failedOf(run).includes(test)).length,
    );
    const first = counts.lastIndexOf(0) + 1;
    assert.ok(first > runs.length * 0.85);
    const isStorm = ({ summary }: Posted) => summary.failed > summary.total / 10;
    assert.ok(counts.slice(0, first).every((n, i) => n === 0 || isStorm(runs[i]!)));
  });

  it('broken: one test has never passed since it was added', () => {
    const last = onMain('demo/billing').at(-1)!;
    const results = onMain('demo/billing').flatMap(({ cases }) =>
      cases.map(({ suite, name, status }) => ({ test: `${suite} ${name}`, status })),
    );
    const never = failedOf(last).filter((test) =>
      results.every((r) => r.test !== test || r.status === 'failed'),
    );
    assert.equal(never.length, 1);
  });

  it('storm: in one run 40 % fail because nothing can be reached, and the next is as before', () => {
    const runs = onMain('demo/billing');
    const storms = runs.filter(({ summary }) => summary.failed > summary.total / 10);
    assert.equal(storms.length, 1);
    const { summary, cases } = storms[0]!;
    assert.ok(Math.abs(summary.failed / summary.total - 0.4) < 0.06);
    const refused = cases.filter(({ errorMessage }) =>
      errorMessage?.includes('Connection refused'),
    );
    assert.ok(refused.length > summary.failed - 4);
  });

  it('recovering: red for a stretch on main, then green again up to now', () => {
    assert.match(picture(onMain('demo/mobile')), /^[.x]{80,}\.x{15,}\.{10,}$/);
  });

  it('recovering: the pull request that mends is green before it is merged', () => {
    const runs = onMain('demo/mobile');
    const mended = runs[picture(runs).lastIndexOf('x') + 1]!;
    const proposed = history.filter(
      ({ repo, commit }) => repo === 'demo/mobile' && commit === mended.parents[1],
    );
    assert.match(picture(proposed), /^[.~]+$/);
  });

  it('slow: the tests of one area take 30 % longer since a commit, the others do not', () => {
    const runs = onMain('demo/search');
    const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1]!;
    const ratio = (isIndex: boolean) => {
      const part = (some: Posted[]) =>
        median(
          some.flatMap(({ cases }) =>
            cases
              .filter((c) => c.suite.endsWith('/index') === isIndex && c.status === 'passed')
              .map(({ durationMs }) => durationMs),
          ),
        );
      return part(runs.slice(-30)) / part(runs.slice(0, 100));
    };
    assert.ok(Math.abs(ratio(true) - 1.3) < 0.08, `${ratio(true)}`);
    assert.ok(Math.abs(ratio(false) - 1) < 0.06, `${ratio(false)}`);
  });

  it('empty: one run that says nothing', () => {
    const [only, ...more] = history.filter(({ repo }) => repo === 'demo/handbook');
    assert.equal(more.length, 0);
    assert.equal(only!.summary.total, 0);
    assert.equal(only!.cases, undefined);
  });
});
