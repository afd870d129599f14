import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { JudgedStore } from '../../helpers/judged-store.ts';
import { green, hour, others, type Pictures, repo, runsOf } from '../../helpers/pictured-runs.ts';

describe('kinds of incidents', () => {
  let store: JudgedStore;
  beforeEach(() => {
    store = new JudgedStore();
  });
  afterEach(() => store.close());

  const judge = (pictures: Pictures) => {
    for (const { body, atMs } of runsOf(pictures)) store.post(body, atMs);
    store.settle();
    return store.incidents(repo);
  };

  it('a test that flakes ten times as often is a flakiness increase, because it never stayed red', () => {
    const calm = `${green(39)}x`.repeat(3);
    const found = judge({ ...others(220), shaky: `${calm}${'.x..x'.repeat(20)}` });
    assert.deepEqual([...new Set(found.map(({ kind }) => kind))].sort(), [
      'flakiness-increase',
      'pass-rate-drop',
    ]);
    const increase = found.find(({ kind }) => kind === 'flakiness-increase')!;
    const { rateBefore, rateAfter } = increase.parts[0]!.evidence;
    assert.ok(Number(rateAfter) > 5 * Number(rateBefore));
    assert.equal(increase.isOpen, true);
  });

  it('an increase is over when so many passes in a row would be seldom at the new rate', () => {
    const calm = `${green(39)}x`.repeat(3);
    const found = judge({
      ...others(280),
      shaky: `${calm}${'.x..x'.repeat(12)}${green(100)}`,
    });
    const increase = found.find(({ kind }) => kind === 'flakiness-increase')!;
    assert.deepEqual(
      increase.events.map(({ event }) => event),
      ['opened', 'resolved'],
    );
  });

  it('many tests that flake in turn make the repo red more often, though none of them is to blame', () => {
    const turns = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `turn ${i}`,
        `${green(120)}${Array.from({ length: 100 }, (_, k) => (k % 40 === 2 * i ? 'x' : '.')).join('')}`,
      ]),
    );
    const found = judge({ ...others(220), ...turns });
    const drop = found.find(({ kind }) => kind === 'pass-rate-drop')!;
    const { redsBefore, redsAfter } = drop.parts[0]!.evidence;
    assert.ok(Number(redsBefore) < 0.05 && Number(redsAfter) > 0.3);
    assert.ok(!found.some(({ kind }) => kind === 'new-failure'));
  });

  it('what is forgotten of a long history is not taken for green, because the reds did not become more', () => {
    const shaky = '..x.'.repeat(110);
    const found = judge({ ...others(440), shaky, rare: 'x...............'.repeat(27) });
    assert.deepEqual(
      found.filter(({ kind }) => kind === 'pass-rate-drop'),
      [],
    );
  });

  it('a broken test is no drop of the pass rate too, because one incident says it', () => {
    const found = judge({ ...others(160), lost: `${green(100)}${'x'.repeat(60)}` });
    assert.deepEqual(
      found.map(({ kind, isOpen }) => [kind, isOpen]),
      [['new-failure', true]],
    );
  });

  it('a test that never passed makes no commit red on good code, because it has not seen any', () => {
    const kinds = judge({ ...others(160), never: `${' '.repeat(100)}${'x'.repeat(60)}` });
    assert.deepEqual([...new Set(kinds.map(({ kind }) => kind))], ['new-failure']);
  });

  it('tests of one suite that break together are one incident that names the commit', () => {
    const broken = `${green(80)}${'x'.repeat(10)}`;
    const found = judge({ ...others(90), one: broken, two: broken });
    assert.equal(found.length, 1);
    assert.equal(found[0]!.parts.length, 2);
    assert.equal(found[0]!.culprit?.suspects[0]?.commit, 'c0080');
    assert.ok(found[0]!.culprit!.suspects[0]!.probability > 0.9);
  });

  it('commits that nobody tested are suspects too, and the middle one is the next to test', () => {
    const gap = ' '.repeat(5);
    const late = runsOf({ ...others(100), lost: `${green(80)}${gap}${'x'.repeat(15)}` });
    for (const { body, atMs } of late) store.post(body, atMs);
    store.settle();
    const [incident] = store.incidents(repo);
    assert.deepEqual(incident!.culprit!.suspects.map(({ commit }) => commit).sort(), [
      'c0080',
      'c0081',
      'c0082',
      'c0083',
      'c0084',
      'c0085',
    ]);
    assert.ok(['c0082', 'c0083'].includes(incident!.culprit!.nextToTest!));
  });

  it('a test that breaks again within five days opens the same incident again', () => {
    const [incident, ...more] = judge({
      ...others(120),
      lost: `${green(60)}${'x'.repeat(8)}${green(10)}${'x'.repeat(8)}${green(34)}`,
    });
    assert.equal(more.length, 0);
    assert.deepEqual(
      incident!.events.map(({ event }) => event),
      ['opened', 'resolved', 'reopened', 'resolved'],
    );
  });

  it('a repo that breaks in twenty unrelated places on one day is told of five of them', () => {
    const commits = 60;
    for (const { body, atMs } of runsOf(others(commits))) store.post(body, atMs);
    for (let i = 0; i < 8; i++) {
      const pictures = { [`lost ${i}`]: `${green(30 + 2 * i)}${'x'.repeat(30 - 2 * i)}` };
      for (const { body, atMs } of runsOf(pictures, { everyMs: hour / 4, job: `job ${i}` })) {
        const cases = body.cases.map((one) => ({ ...one, suite: `suite ${i}` }));
        store.post({ ...body, cases, commit: `d${i}${body.commit}` }, atMs + 1000 * hour);
      }
    }
    store.settle();
    const told = store.incidents(repo).flatMap(({ events }) => events.filter((one) => one.isTold));
    const days = Map.groupBy(told, ({ atMs }) => Math.floor(atMs / 86_400_000));
    assert.ok(store.incidents(repo).length >= 6);
    assert.ok([...days.values()].every((events) => events.length <= 5));
  });

  /** Durations in ms of 40 tests over commits, with some noise of its own for each. */
  const judgeDurations = (
    durationOf: (test: number, commit: number) => number,
    commits: number,
  ) => {
    const pictures = Object.fromEntries(
      Array.from({ length: 40 }, (_, test) => [`test ${test}`, green(commits)]),
    );
    for (const [commit, { body, atMs }] of runsOf(pictures).entries()) {
      const cases = body.cases.map((one, test) => {
        const noise = 1 + 0.04 * Math.sin(7 * test + 13 * commit + 3 * test * commit);
        return { ...one, durationMs: noise * durationOf(test, commit) };
      });
      store.post({ ...body, cases }, atMs);
    }
    store.settle();
    return store.incidents(repo);
  };

  it('a test that takes twice as long from one commit on is slower, and fast again ends it', () => {
    const found = judgeDurations(
      (test, commit) => (test === 7 && commit >= 60 && commit < 100 ? 400 : 200),
      140,
    );
    assert.deepEqual(
      found.map(({ kind, isOpen }) => [kind, isOpen]),
      [['slow-down', false]],
    );
    const [part] = found[0]!.parts;
    assert.ok(Math.abs(Number(part!.evidence.ratio) - 2) < 0.1);
    assert.equal(part!.firstBad, 60);
  });

  it('slower machines are one incident and not forty, because all tests say the same', () => {
    const found = judgeDurations((_, commit) => (commit >= 70 ? 300 : 200), 120);
    assert.deepEqual(
      found.map(({ kind, parts }) => [kind, parts.length, parts[0]!.tests.length]),
      [['slow-down', 1, 0]],
    );
  });

  it('one slow run is no slow-down, because the next was as fast as ever', () => {
    assert.deepEqual(
      judgeDurations((_, commit) => (commit === 70 ? 600 : 200), 120),
      [],
    );
  });
});
