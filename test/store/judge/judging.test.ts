import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { gradeAsOf } from '../../../src/store/judge/grade-as-of.ts';
import { JudgedStore } from '../../helpers/judged-store.ts';
import { green, hour, others, repo, runsOf, start } from '../../helpers/pictured-runs.ts';

/** Tests are numbered as they come in, and the last digits of a sum tell in which order it was made. */
const rounded = (store: JudgedStore): unknown =>
  JSON.parse(
    JSON.stringify([...store.variants(repo)].sort(([a], [b]) => (a < b ? -1 : 1))),
    (_, one) => (typeof one === 'number' ? Number(one.toPrecision(9)) : one),
  );

describe('judging what was stored', () => {
  let store: JudgedStore;
  beforeEach(() => {
    store = new JudgedStore();
  });
  afterEach(() => store.close());

  const postAll = (runs: ReturnType<typeof runsOf>) => {
    for (const { body, atMs } of runs) store.post(body, atMs);
    store.settle();
  };
  const health = (name: string) => store.variants(repo).get(`cart > ${name} (unit)`)?.health;

  it('tells flaky from broken, because the one passes in between and the other does not', () => {
    postAll(
      runsOf({
        ...others(60),
        shaky: `${'....x.....'.repeat(5)}..........`,
        lost: `${green(50)}${'x'.repeat(10)}`,
        never: 'x'.repeat(60),
      }),
    );
    assert.equal(health('shaky'), 'flaky');
    assert.equal(health('lost'), 'broken');
    assert.equal(health('never'), 'always-failing');
    assert.equal(health('other 1'), 'stable');
  });

  it('opens one incident where a test breaks and ends it when it passes twice', () => {
    postAll(runsOf({ ...others(70), lost: `${green(50)}${'x'.repeat(10)}${green(10)}` }));
    const [incident, ...more] = store.incidents(repo);
    assert.equal(more.length, 0);
    assert.equal(incident?.kind, 'new-failure');
    assert.deepEqual(
      incident?.events.map(({ event }) => event),
      ['opened', 'resolved'],
    );
    assert.equal(incident?.culprit?.suspects[0]?.commit, 'c0050');
  });

  it('says nothing while all is green, because there is nothing to say', () => {
    postAll(runsOf(others(100)));
    assert.deepEqual(store.incidents(repo), []);
    assert.equal(store.summary(repo).grade?.letter, 'A');
  });

  it('holds a mass failure back, because it says something of the machine and not of tests', () => {
    const all = others(60);
    const struck = Object.fromEntries(
      Object.entries(all).map(([name, picture], i) => [
        name,
        i < 12 ? `${picture.slice(0, 40)}x${picture.slice(41)}` : picture,
      ]),
    );
    postAll(runsOf(struck));
    assert.deepEqual(
      store.incidents(repo).map(({ kind, isOpen }) => [kind, isOpen]),
      [['mass-failure', false]],
    );
    assert.equal(health('other 1'), 'stable');
  });

  it('takes a mass failure that stays for a real one, because machines recover', () => {
    const all = others(60);
    const broken = Object.fromEntries(
      Object.entries(all).map(([name, picture], i) => [
        name,
        i < 12 ? `${picture.slice(0, 40)}${'x'.repeat(20)}` : picture,
      ]),
    );
    postAll(runsOf(broken));
    assert.equal(health('other 1'), 'broken');
    const kinds = store.incidents(repo).map(({ kind }) => kind);
    assert.ok(kinds.includes('new-failure'));
  });

  it('keeps pull requests out of the grade and out of what is broken', () => {
    postAll(runsOf({ ...others(30) }));
    const before = store.summary(repo).grade;
    for (const { body, atMs } of runsOf(
      { ...others(10), pull: 'x'.repeat(10) },
      { branch: 'topic' },
    )) {
      store.post({ ...body, commit: `p${body.commit}` }, atMs + 400 * hour);
    }
    store.settle();
    assert.deepEqual(store.summary(repo).grade, before);
    assert.deepEqual(store.incidents(repo), []);
  });

  it('tells of a new test that never passes, although it fails in pull requests before and between', () => {
    const failing = `${' '.repeat(34)}${'x'.repeat(6)}`;
    const pulls = runsOf({ ...others(40), added: `${' '.repeat(32)}${'x'.repeat(8)}` }).map(
      ({ body, atMs }) => ({
        body: { ...body, branch: 'topic', commit: `p${body.commit}`, pullRequest: 7 },
        atMs: atMs + hour,
      }),
    );
    const runs = [...runsOf({ ...others(40), added: failing }), ...pulls.slice(32)];
    postAll(runs.sort((a, b) => a.atMs - b.atMs));
    assert.equal(health('added'), 'always-failing');
    assert.deepEqual(
      store.incidents(repo).map(({ kind }) => kind),
      ['new-failure'],
    );
  });

  const history = (): ReturnType<typeof runsOf> =>
    runsOf({
      ...others(230),
      shaky: '....x.....'.repeat(23),
      lost: `${green(150)}${'x'.repeat(30)}${green(50)}`,
      healed: 'f...............f...'.repeat(11),
      gone: `${green(60)}${' '.repeat(120)}${green(50)}`,
    });

  it('is judged the same by a rebuild, to the byte, because judgements are a function of the facts', () => {
    for (const [i, { body, atMs }] of history().entries()) {
      store.post(body, atMs);
      if (i % 7 === 0) store.settle();
    }
    store.settle();
    const live = store.digests();
    store.rebuild();
    assert.deepEqual(store.digests(), live);
    store.rebuild();
    assert.deepEqual(store.digests(), live);
  });

  it('finds nothing to report when it judges again, and finds what was changed behind its back', () => {
    postAll(history());
    const verify = () => {
      store.judge.verifySome(1);
      store.settle();
    };
    verify();
    store.db.exec(
      "UPDATE judged_runs SET failed = failed + 1, offenders = x'00' WHERE run_seq = 100",
    );
    assert.throws(verify, /acme\/web: judged again from its facts, these differ: inputs, summary/);
  });

  it('goes on after a restart as if there had been none', () => {
    for (const [i, { body, atMs }] of history().entries()) {
      store.post(body, atMs);
      if (i % 50 === 13) store.restart();
      if (i % 9 === 0) store.settle();
    }
    store.settle();
    const live = store.digests();
    store.rebuild();
    assert.deepEqual(store.digests(), live);
  });

  it('judges runs in another order of arrival alike, because their own times tell their places', () => {
    const runs = history();
    postAll(runs);
    const inOrder = rounded(store);
    const { grade } = store.summary(repo);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(runs, { minLength: runs.length, maxLength: runs.length }),
        (list) => {
          const other = new JudgedStore();
          try {
            for (const { body, atMs } of list) other.post(body, atMs);
            other.settle();
            assert.deepEqual(rounded(other), inOrder);
            assert.deepEqual(other.summary(repo).grade, grade);
          } finally {
            other.close();
          }
        },
      ),
      { numRuns: 3 },
    );
  });

  it('judges shards as the run that they are parts of', () => {
    const runs = history();
    postAll(runs);
    const whole = store.variants(repo);
    const incidents = store.incidents(repo).map(({ id }) => id);
    const other = new JudgedStore();
    try {
      for (const [i, { body, atMs }] of runs.entries()) {
        for (const [shard, cases] of Object.entries(Object.groupBy(body.cases, (_, k) => k % 3))) {
          const count = (status: string) => cases!.filter((one) => one.status === status).length;
          other.post(
            {
              ...body,
              runKey: `run ${i}`,
              shard: { index: Number(shard) + 1, total: 3 },
              summary: {
                total: cases!.length,
                passed: count('passed'),
                failed: count('failed'),
                skipped: 0,
                flaky: count('flaky'),
              },
              cases,
            },
            atMs,
          );
        }
      }
      other.settle();
      assert.deepEqual(other.variants(repo), whole);
      assert.deepEqual(
        other.incidents(repo).map(({ id }) => id),
        incidents,
      );
    } finally {
      other.close();
    }
  });

  it('makes the grade of any day anew, with the digest that was kept then', () => {
    postAll(history());
    type Kept = { day: number; hash: string; score: number | null };
    const kept = store.db
      .prepare<[], Kept>('SELECT day, hex(input_hash) AS hash, score FROM grades ORDER BY day')
      .all();
    assert.ok(kept.length > 25);
    for (const { day, hash, score } of kept.filter((_, i) => i % 6 === 5)) {
      const again = gradeAsOf(store.db, repo, (day + 1) * 24 * hour - 1);
      assert.equal(again?.inputHash, hash.toLowerCase());
      assert.equal(again?.grade?.score ?? null, score);
    }
    assert.equal(gradeAsOf(store.db, repo, start - 1), null);
    assert.equal(gradeAsOf(store.db, 'acme/none', start), null);
  });
});
