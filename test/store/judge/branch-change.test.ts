import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { theOperator } from '../../../src/store/accounts/audit.ts';
import { changeBranch } from '../../../src/store/judge/branch-change.ts';
import { JudgedStore } from '../../helpers/judged-store.ts';
import { green, hour, others, repo, runsOf, start } from '../../helpers/pictured-runs.ts';

const end = start + 60 * 3 * hour;

describe('a decision on the default branch', () => {
  let store: JudgedStore;
  beforeEach(() => {
    store = new JudgedStore();
    for (const { body, atMs } of runsOf(others(30))) store.post(body, atMs);
    const trunk = runsOf(
      { ...others(30), lost: `${green(20)}${'x'.repeat(10)}` },
      { branch: 'trunk' },
    );
    for (const { body, atMs } of trunk) store.post({ ...body, commit: `t${body.commit}` }, atMs);
    store.settle();
  });
  afterEach(() => store.close());

  const decide = (branch: string, sinceMs: number | null, nowMs = end): boolean => {
    const change = { slug: repo, branch, sinceMs };
    const decided = store.db.transaction(() => changeBranch(store.db, change, theOperator, nowMs));
    const overturns = decided.immediate();
    if (overturns) store.judge.rebuild(repo);
    return overturns;
  };
  const branchAt = (atMs: number) => store.openReads().repoFigures(repo, atMs)!.defaultBranch;
  /** All but who decided on the branch. */
  const outcome = () => {
    const { judgements: _, ...digests } = store.digests();
    return { digests, summary: store.summary(repo), variants: store.variants(repo) };
  };
  const incidents = () => store.incidents(repo).length;

  it('of the past overturns what was judged by another branch', () => {
    const before = outcome();
    assert.equal(incidents(), 0);
    assert.equal(decide('trunk', start), true);
    store.settle();
    assert.equal(incidents(), 1);
    assert.ok(store.summary(repo).grade!.score < 100);
    assert.equal(decide('main', start), true);
    store.settle();
    assert.deepEqual(outcome(), before);
  });

  it('without a time holds from now on, because nobody asked to judge the past anew', () => {
    const before = store.digests();
    assert.equal(decide('trunk', null), false);
    assert.deepEqual(store.digests(), before);
    assert.deepEqual(branchAt(end), { value: 'trunk', decidedBy: 'person', sinceMs: end });
    assert.equal(branchAt(end - 1).value, 'main');
    const later = runsOf({ lost: 'xxxx' }, { branch: 'trunk', startMs: end });
    for (const { body, atMs } of later) store.post({ ...body, commit: `u${body.commit}` }, atMs);
    store.settle();
    assert.equal(store.summary(repo).grade!.demerits.redRuns > 0, true);
  });

  it('replaces decisions for later times, because it was made knowing them', () => {
    decide('trunk', end);
    decide('release', end + hour);
    decide('main', start);
    assert.deepEqual(branchAt(end + 2 * hour), {
      value: 'main',
      decidedBy: 'person',
      sinceMs: start,
    });
  });

  it('is shown at once, though the same uploads were judged before', () => {
    const reads = store.openReads();
    const statesBefore = reads.repoFigures(repo, end)!.judgement!.states;
    decide('trunk', start);
    store.settle();
    assert.notDeepEqual(reads.repoFigures(repo, end)!.judgement!.states, statesBefore);
    const broken = reads.listTests(repo, { state: 'broken' }, 'name', 9, null).items;
    assert.deepEqual(
      broken.map(({ name }) => name),
      ['lost'],
    );
  });

  it('is told in the audit log', () => {
    decide('trunk', null);
    const rows = store.db.prepare('SELECT actor, action, subject FROM audit').all();
    assert.deepEqual(rows.at(-1), {
      actor: theOperator.name,
      action: 'repo.default-branch',
      subject: 'acme/web: trunk',
    });
    assert.throws(() =>
      changeBranch(store.db, { slug: 'no/such', branch: 'a', sinceMs: null }, theOperator, 0),
    );
  });

  it('a stop while it is judged anew loses nothing', () => {
    decide('trunk', start);
    store.settle();
    const wanted = store.digests();
    decide('main', start);
    store.settle();
    decide('trunk', start);
    store.judge.work(0);
    store.restart();
    store.settle();
    assert.deepEqual(store.digests(), wanted);
  });
});
