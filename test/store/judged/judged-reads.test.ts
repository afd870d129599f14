import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { TestSort } from '../../../src/contract/judged-queries.ts';
import { testListQuery } from '../../../src/contract/judged-queries.ts';
import { readQuery } from '../../../src/contract/queries.ts';
import { lnQuiet } from '../../../src/domain/false-red.ts';
import { rateInterval } from '../../../src/domain/flakiness.ts';
import { AppError } from '../../../src/errors.ts';
import { JudgedStore } from '../../helpers/judged-store.ts';
import {
  green,
  hour,
  others,
  type Pictures,
  repo,
  runsOf,
  start,
} from '../../helpers/pictured-runs.ts';

const pictures: Pictures = {
  ...others(80),
  shaky: `${'....x.....'.repeat(7)}..........`,
  lost: `${green(70)}${'x'.repeat(10)}`,
  healed: `${green(30)}xxx${green(47)}`,
  skipped: 's'.repeat(80),
};

describe('reads of what is judged', () => {
  let store: JudgedStore;
  let reads: ReturnType<JudgedStore['openReads']>;
  const tests = (filter = {}, sort: TestSort = 'flakeRate', limit = 200) =>
    reads.listTests(repo, filter, sort, limit, null);
  const test = (name: string) => tests().items.find((one) => one.name === name)!;

  before(() => {
    store = new JudgedStore();
    const browser = runsOf({ shaky: green(40), 'other 1': green(40) }, { job: 'browser' }).map(
      ({ body, atMs }) => ({ body, atMs: atMs + 1000 }),
    );
    const all = [...runsOf(pictures), ...browser].sort((a, b) => a.atMs - b.atMs);
    for (const { body, atMs } of all) store.post(body, atMs);
    store.settle();
    reads = store.openReads();
  });
  after(() => store.close());

  it('a test stands as its worst variant, because somebody meets that one', () => {
    const { state, variants, runs, failures } = test('shaky');
    assert.equal(state, 'flaky');
    assert.deepEqual(
      variants.map(({ job, state }) => [job, state]),
      [
        ['unit', 'flaky'],
        ['browser', 'stable'],
      ],
    );
    assert.equal(runs, 120);
    assert.equal(failures, 7);
    assert.equal(test('lost').state, 'broken');
  });

  it('the numbers are those that were stored, because a read judges nothing', () => {
    const stored = store.variants(repo).get('cart > shaky (unit)')!;
    const { flakeRate, pFlaky, pBroken, flakeRateLow, flakeRateHigh } = test('shaky');
    assert.deepEqual(
      { flakeRate, pFlaky, pBroken },
      {
        flakeRate: stored.rate,
        pFlaky: stored.flaky,
        pBroken: stored.broken,
      },
    );
    const { low, high } = rateInterval(stored);
    assert.deepEqual([flakeRateLow, flakeRateHigh], [low, high]);
  });

  it('filters hold together: state, suite and a part of the name', () => {
    const names = (filter: object) => tests(filter, 'name').items.map(({ name }) => name);
    assert.deepEqual(names({ state: 'broken' }), ['lost']);
    assert.deepEqual(names({ q: 'CART › sha' }), ['shaky']);
    assert.deepEqual(names({ q: 'sha', suite: 'elsewhere' }), []);
    assert.deepEqual(names({ q: 'other 1', state: 'stable', suite: 'cart' }).length, 11);
    assert.deepEqual(names({ slow: true }), []);
  });

  it('pages of any size and order are the whole list, each test once', () => {
    const sorts = ['flakeRate', 'pFlaky', 'failures', 'medianMs', 'lastFailedAt', 'name'] as const;
    const whole = new Map(sorts.map((sort) => [sort, tests({}, sort).items.map(({ id }) => id)]));
    fc.assert(
      fc.property(fc.constantFrom(...sorts), fc.integer({ min: 1, max: 9 }), (sort, limit) => {
        const seen: string[] = [];
        let next: string | null = null;
        do {
          const query = readQuery(testListQuery, { cursor: next ?? '', limit: String(limit) });
          const page = reads.listTests(repo, {}, sort, limit, query.cursor ?? null);
          seen.push(...page.items.map(({ id }) => id));
          next = page.next;
        } while (next !== null);
        assert.deepEqual(seen, whole.get(sort));
      }),
      { numRuns: 25 },
    );
  });

  it('each order is what it says: highest first, those without a value last', () => {
    const rates = tests().items.map(({ flakeRate }) => flakeRate);
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => b - a),
    );
    assert.equal(tests().items[0]!.name, 'shaky');
    const failed = tests({}, 'lastFailedAt').items.map(({ lastFailedAtMs }) => lastFailedAtMs);
    assert.deepEqual(
      failed.slice(0, 4).map((at) => at === null),
      [false, false, false, true],
    );
    const names = tests({}, 'name').items.map(({ name }) => name);
    assert.deepEqual(names, names.toSorted());
  });

  it('a test that was only ever skipped is there, and nothing is claimed of it', () => {
    const { id } = store.db
      .prepare("SELECT lower(hex(public_id)) AS id FROM tests WHERE name = 'skipped'")
      .get() as { id: string };
    const { facts, history } = reads.getTest(repo, id)!;
    assert.deepEqual([facts.state, facts.runs, facts.variants], ['new', 0, []]);
    assert.equal(history.entries.length, 80);
  });

  it('one test tells its results, clusters and incidents', () => {
    const { facts, history, clusters, incidents } = reads.getTest(repo, test('lost').id)!;
    assert.deepEqual({ ...facts }, { ...test('lost') });
    assert.deepEqual(
      history.entries.slice(0, 11).map(({ status }) => status),
      [...Array(10).fill('failed'), 'passed'],
    );
    assert.deepEqual(
      clusters.map(({ failures }) => failures),
      [10],
    );
    assert.deepEqual(
      incidents.map(({ kind, isOpen }) => [kind, isOpen]),
      [['new-failure', true]],
    );
    assert.equal(reads.getTest(repo, '0000000000000000'), null);
    assert.equal(reads.getTest('no/such', test('lost').id), null);
  });

  it('a repo tells its grade with what it is made of', () => {
    const { judgement, defaultBranch } = reads.repoFigures(repo, start)!;
    const { demerits, grade, fixes, falseReds, states, trend } = judgement!;
    const lost = Object.values(demerits!).reduce((sum, points) => sum + points, 0);
    assert.ok(Math.abs(100 - lost - grade!.score) <= 0.05);
    assert.ok(fixes!.tests.some(({ name }) => name === 'lost'));
    assert.deepEqual([states.flaky, states.broken], [1, 1]);
    assert.equal(falseReds.causes.named[0]!.name, 'shaky');
    assert.ok(falseReds.causes.share >= 0.8);
    assert.deepEqual(trend, reads.dailySeries(repo, 'grade', 28).trend);
    assert.ok(trend.slope <= 0);
    assert.deepEqual(defaultBranch, { value: 'main', decidedBy: 'uploads', sinceMs: null });
  });

  it('false reds of the tests multiply to that of the repo, because they are the same thing', () => {
    const { falseReds } = reads.repoFigures(repo, start)!.judgement!;
    const named = falseReds.causes.named.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(named - falseReds.causes.share) < 1e-9);
    assert.ok(lnQuiet(falseReds.probability) < 0);
  });

  it('a list of repos tells where each stands, in its order', () => {
    const [one, none] = reads.repoStandings([repo, 'no/such']);
    assert.equal(none, null);
    assert.equal(one!.flakyTests, 1);
    assert.equal(one!.openIncidents, 1);
    assert.equal(one!.judgedThrough, reads.listTests(repo, {}, 'name', 1, null).judgedThrough);
  });

  it('suites are paged by name and tell their share of the trouble', () => {
    const { items, next } = reads.listSuites(repo, 200, null);
    assert.deepEqual(
      items.map(({ suite }) => suite),
      ['cart'],
    );
    assert.equal(next, null);
    assert.equal(items[0]!.states.flaky, 1);
    assert.deepEqual(reads.listSuites(repo, 1, 'cart').items, []);
  });

  it('a series has a value for each day with uploads, the newest last', () => {
    const { days, unit } = reads.dailySeries(repo, 'passRate', 400);
    assert.equal(days.length, 10);
    assert.equal(unit, 'share of runs');
    assert.equal(days.at(-1)!.value, reads.repoStandings([repo])[0]!.passRate);
    assert.equal(reads.dailySeries(repo, 'grade', 3).days.length, 3);
    assert.equal(reads.dailySeries(repo, 'flakiness', 1).days[0]!.value, 1 / 23);
    assert.equal(reads.dailySeries(repo, 'duration', 1).days[0]!.value, null);
    assert.deepEqual(reads.dailySeries('no/such', 'grade', 3).days, []);
  });

  it('incidents are listed newest first, by state and kind, a page at a time', () => {
    const list = (filter: object, limit = 9) => reads.listIncidents(repo, filter, limit, null);
    assert.deepEqual(
      list({}).items.map(({ isOpen }) => isOpen),
      [true, false],
    );
    assert.deepEqual(
      list({ isOpen: false }).items.map(({ tests }) => tests[0]!.name),
      ['healed'],
    );
    assert.deepEqual(list({ kind: 'mass-failure' }).items, []);
    const { items, next } = list({}, 1);
    const [openedAtMs, id] = next!.split(':');
    const cursor = { openedAtMs: Number(openedAtMs), id: id! };
    const rest = reads.listIncidents(repo, {}, 9, cursor).items;
    assert.deepEqual([...items, ...rest], list({}).items);
  });

  it('an incident tells since when, by which commit and how sure', () => {
    const { id } = reads.listIncidents(repo, { isOpen: true }, 1, null).items[0]!;
    const { culprit, evidence, events, tests } = reads.getIncident(id)!;
    assert.deepEqual(
      tests.map(({ name }) => name),
      ['lost'],
    );
    assert.equal(culprit!.suspects[0]!.commit, 'c0070');
    assert.match(evidence[0]!.lastGood!, /^c006[89]$/);
    assert.equal(evidence[0]!.firstBad, 'c0070');
    assert.equal(evidence[0]!.job, 'unit');
    assert.ok(evidence[0]!.probability > 0.99);
    assert.deepEqual(
      events.map(({ event }) => event),
      ['opened'],
    );
    assert.equal(reads.getIncident('ffffffffffffffff'), null);
    assert.equal(reads.getIncident('nonsense'), null);
  });
});

describe('reads of what is not judged, or not as before', () => {
  let store: JudgedStore;
  let reads: ReturnType<JudgedStore['openReads']>;
  beforeEach(() => {
    store = new JudgedStore();
    reads = store.openReads();
  });
  afterEach(() => store.close());
  const postAll = (pictures: Pictures, afterMs = 0) => {
    for (const { body, atMs } of runsOf(pictures)) store.post(body, atMs + afterMs);
  };

  it('facts are there at once, judgements follow and say so', () => {
    postAll(others(3));
    assert.deepEqual(reads.repoStandings([repo]), [null]);
    assert.equal(reads.listTests(repo, {}, 'name', 9, null).judgedThrough, null);
    const { judgement, defaultBranch } = reads.repoFigures(repo, start)!;
    assert.equal(judgement, null);
    assert.deepEqual(defaultBranch, { value: 'main', decidedBy: 'uploads', sinceMs: null });
    assert.equal(reads.repoFigures('no/such', start), null);
    store.settle();
    assert.equal(reads.listTests(repo, {}, 'name', 99, null).items.length, 20);
    assert.equal(reads.repoStandings([repo])[0]!.grade, null);
  });

  it('what is held is let go of when there are newer uploads', () => {
    postAll(others(3));
    store.settle();
    const before = reads.listTests(repo, {}, 'name', 99, null);
    const id = store.post(runsOf({ fresh: '.' })[0]!.body, start + 99 * hour);
    store.settle();
    const now = reads.listTests(repo, {}, 'name', 99, null);
    assert.equal(now.judgedThrough, id);
    assert.equal(now.items.length, before.items.length + 1);
  });

  it('a damaged judgement is said to be damaged, because it can be made anew', () => {
    postAll(others(3));
    store.settle();
    store.db.exec('UPDATE judgements SET variants = zeroblob(40)');
    assert.throws(
      () => reads.listTests(repo, {}, 'name', 9, null),
      (error) => error instanceof AppError && error.code === 'storage_failure',
    );
  });
});
