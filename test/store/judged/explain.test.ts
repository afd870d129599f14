import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { betaQuantile, lnBeta } from '../../../src/domain/beta.ts';
import type { ExplainedNumber } from '../../../src/domain/explained.ts';
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

type Run = ReturnType<typeof runsOf>[number];

/** Posts runs in the order of their receipt and judges them. */
function judged(runs: readonly Run[]) {
  const store = new JudgedStore();
  for (const { body, atMs } of runs.toSorted((a, b) => a.atMs - b.atMs)) store.post(body, atMs);
  store.settle();
  return { store, reads: store.openReads() };
}

const near = (actual: number | null, expected: number, what: string) =>
  assert.ok(Math.abs(actual! - expected) <= 1e-9, `${what}: ${actual}, stored ${expected}`);

/** Every explained number of every variant against the one that is stored. */
function compareAll({ store, reads }: ReturnType<typeof judged>): number {
  let variants = 0;
  const { items } = reads.listTests(repo, {}, 'name', 200, null);
  for (const test of items) {
    for (const { job, environment } of test.variants) {
      const explained = reads.explainTest(repo, test.id, { job, environment })!;
      const what = `${test.name} (${job})`;
      const stored = store.variants(repo).get(`cart > ${what}`)!;
      const number = (name: string) => explained.numbers.find((one) => one.name === name)!.value;
      assert.equal(explained.isComplete, true, what);
      assert.equal(explained.state, stored.health, what);
      assert.deepEqual([number('runs'), number('failures')], [stored.runs, stored.failures], what);
      near(number('f'), stored.failing, `${what} failing`);
      near(number('s'), stored.passing, `${what} passing`);
      near(number('pFlaky'), stored.flaky, `${what} P(flaky)`);
      near(number('flakeRate'), stored.rate, `${what} rate`);
      near(number('pBroken'), stored.broken, `${what} P(broken)`);
      variants++;
    }
  }
  return variants;
}

const named = (names: readonly string[], picture: string): Pictures =>
  Object.fromEntries(names.map((name) => [name, picture]));

const shifted = (runs: Run[], byMs: number, change: object = {}): Run[] =>
  runs.map(({ body, atMs }) => ({ body: { ...body, ...change }, atMs: atMs + byMs }));

describe('an explanation of a test', () => {
  it('shows the numbers that are stored: breaks, flakes, pull requests, re-runs, jobs and storms', () => {
    const pictures: Pictures = {
      ...others(90),
      shaky: `${'....x.....'.repeat(8)}..f.......`,
      ...named(['calm 1', 'calm 2', 'calm 3', 'calm 4', 'calm 5'], green(90)),
      ...named(['lost', 'lost too', 'lost with it'], `${green(70)}${'x'.repeat(20)}`),
      never: 'x'.repeat(90),
      rare: `${green(5)}${' '.repeat(60)}x${' '.repeat(20)}${green(4)}`,
    };
    const struck = Object.fromEntries(
      Object.entries(pictures).map(([name, picture], i) => [
        name,
        i < 14 ? `${picture.slice(0, 40)}x${picture.slice(41)}` : picture,
      ]),
    );
    const pulls = runsOf({ ...others(8), shaky: 'xx..x...' }, { branch: 'topic' }).map(
      ({ body, atMs }) => ({
        body: { ...body, commit: `p${body.commit}` },
        atMs: atMs + 20 * hour,
      }),
    );
    const again = shifted(runsOf({ shaky: 'x.x.', lost: '....' }), hour / 2, { runAttempt: 2 });
    const browser = shifted(runsOf({ shaky: `..x${green(30)}` }, { job: 'browser' }), hour / 3);
    const all = judged([...runsOf(struck), ...pulls, ...again, ...browser]);
    assert.equal(compareAll(all), 32);
    all.store.close();
  });

  it('shows them also where old units are left out, because only the newest 256 count', () => {
    const pictures = { shaky: '....x.....'.repeat(30), 'other 1': green(300) };
    const all = judged(runsOf(pictures, { everyMs: hour }));
    assert.equal(compareAll(all), 2);
    const { id } = all.reads.listTests(repo, {}, 'flakeRate', 1, null).items[0]!;
    assert.equal(all.reads.explainTest(repo, id, {})!.units.length, 256);
    all.store.close();
  });

  it('shows them of any history', () => {
    const picture = fc
      .array(fc.constantFrom('.', '.', '.', 'x', 'f', ' ', 's'), { minLength: 3, maxLength: 30 })
      .map((marks) => marks.join(''));
    fc.assert(
      fc.property(picture, picture, fc.boolean(), (one, two, isPull) => {
        const options = isPull ? { branch: 'topic' } : {};
        const second = shifted(runsOf({ two, three: one }, options), hour);
        const all = judged([...runsOf({ one, two, ...others(12) }), ...second]);
        compareAll(all);
        all.store.close();
      }),
      { numRuns: 12 },
    );
  });

  const explained = () => {
    const { store, reads } = judged(
      runsOf({ ...others(60), shaky: `${'....x.....'.repeat(5)}..........` }),
    );
    const { id } = reads.listTests(repo, { q: 'shaky' }, 'name', 1, null).items[0]!;
    const found = reads.explainTest(repo, id, {})!;
    store.close();
    return { id, ...found };
  };

  it('each formula yields its number from its values, because a reader will try', () => {
    const { numbers } = explained();
    const of = (name: string): ExplainedNumber & { v: Record<string, number> } => {
      const number = numbers.find((one) => one.name === name)!;
      return { ...number, v: number.values as Record<string, number> };
    };
    const z = ({ share, residual, a, b, f, s }: Record<string, number>) =>
      Math.log(share! / (1 - share!)) +
      lnBeta(a! + f!, b! + s!) -
      lnBeta(a!, b!) -
      f! * Math.log(residual!) -
      s! * Math.log(1 - residual!);
    const flaky = of('pFlaky');
    near(flaky.v.z!, z(flaky.v), 'z');
    near(flaky.value, 1 / (1 + Math.exp(-flaky.v.z!)), 'P(flaky)');
    const rate = of('flakeRate');
    const { pFlaky, a, b, f, s } = rate.v as Record<'pFlaky' | 'a' | 'b' | 'f' | 's', number>;
    near(rate.value, (pFlaky * (a + f)) / (a + b + f + s), 'rate');
    for (const name of ['flakeRateLow', 'flakeRateHigh']) {
      const { value, v } = of(name);
      near(value, betaQuantile(v.p!, a + v.w! * f, b + v.w! * s), name);
    }
    const final = of('finalFailure');
    near(final.value, final.v.rate! ** (1 + final.v.w! * (final.v.attempts! - 1)), 'final');
  });

  it('the units add up to the evidence, because each is shown with what it counts', () => {
    const { numbers, units } = explained();
    const sum = (of: 'failing' | 'passing') =>
      units.reduce((total, unit) => total + unit.weight * unit.good * unit[of], 0);
    const value = (name: string) => numbers.find((one) => one.name === name)!.value;
    near(value('f'), sum('failing'), 'f');
    near(value('s'), sum('passing'), 's');
    near(value('pBroken'), units.at(-1)!.broken, 'P(broken)');
    assert.deepEqual(
      units.slice(0, 2).map(({ commit, isPull, atMs }) => [commit, isPull, atMs]),
      [
        ['c0000', false, start],
        ['c0001', false, start + 3 * hour],
      ],
    );
  });

  it('every number that a list shows can be asked for', () => {
    const { numbers, variant, reason } = explained();
    const names = numbers.map(({ name }) => name);
    const listed = Object.keys(variant).filter(
      (name) => !['job', 'environment', 'state', 'slow', 'trend', 'lastFailedAtMs'].includes(name),
    );
    assert.deepEqual(
      [...listed, 'lastFailedAt', 'flakeRateLow', 'flakeRateHigh'].filter(
        (name) => !names.includes(name),
      ),
      [],
    );
    assert.match(reason, /^P\(flaky\) is /);
  });

  it('a variant that does not exist, or a test without evidence, has none', () => {
    const { store, reads } = judged(runsOf({ ...others(5), idle: 'sssss' }));
    const { id } = reads.listTests(repo, {}, 'name', 1, null).items[0]!;
    assert.equal(reads.explainTest(repo, id, { job: 'nightly' }), null);
    assert.equal(reads.explainTest(repo, '0000000000000000', {}), null);
    assert.equal(reads.explainTest('no/such', id, {}), null);
    store.close();
  });
});

describe('an explanation of a grade', () => {
  it('the demerits follow from the inputs and leave the score', () => {
    const { store, reads } = judged(
      runsOf({ ...others(60), lost: `${green(50)}${'x'.repeat(10)}` }),
    );
    const { numbers, judgement, standing, runs, reason } = reads.explainGrade(repo)!;
    const { grade, inputs } = judgement.summary;
    const value = (name: string) => numbers.find((one) => one.name === name)!.value!;
    for (const [name, points] of Object.entries(grade!.demerits)) {
      assert.equal(value(`demerits.${name}`), points);
    }
    for (const [name, input] of Object.entries(inputs)) assert.equal(value(name), input);
    const { x, points, scale } = numbers.find(({ name }) => name === 'demerits.standing')!.values;
    near(value('demerits.standing'), points! * (1 - Math.exp(-x! / scale!)), 'standing');
    const low = numbers.find(({ name }) => name === 'scoreLow')!;
    assert.ok(low.values.n! > 20 && low.values.n! < 60);
    assert.equal(low.value, grade!.interval.low);
    assert.deepEqual(
      standing.map(({ name }) => name),
      ['lost'],
    );
    assert.equal(runs.filter(({ severity }) => severity === 1).length, 10);
    assert.equal(runs[0]!.weight, 1);
    assert.match(reason, new RegExp(`^${grade!.letter} begins at `));
    store.close();
  });

  it('says what is missing where there is no grade', () => {
    const { store, reads } = judged(runsOf(others(3)));
    const { reason, numbers } = reads.explainGrade(repo)!;
    assert.match(reason, /there are 3 runs within 6 hours/);
    assert.ok(numbers.every(({ name }) => !name.startsWith('demerits')));
    assert.equal(reads.explainGrade('no/such'), null);
    store.close();
  });
});
