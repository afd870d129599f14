import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTestRun } from '../../src/contract/test-run.ts';
import { chance } from '../domain/chance.ts';
import { type Arrival, arrivalsOf, disturbed } from './arrivals.ts';
import { simulate } from './history.ts';

const history = simulate({
  seed: 3,
  variant: 'base',
  retries: 1,
  tests: 60,
  places: 40,
  rates: null,
});
const plain = arrivalsOf(history, 'acme/web');
const messy = disturbed(plain, chance(4));

/** Everything that a set of posts says of a run, whatever order and shape it came in. */
const saidOf = (arrivals: readonly Arrival[]): Map<string, string[]> => {
  const cases = new Map<string, Set<string>>();
  for (const { body } of arrivals) {
    const said = cases.get(body.runKey) ?? new Set<string>();
    for (const each of body.cases) said.add(JSON.stringify(each));
    cases.set(body.runKey, said);
  }
  return new Map([...cases].sort().map(([key, said]) => [key, [...said].sort()]));
};

describe('a disturbed history', () => {
  it('says the same of every run, because only its way was disturbed', () => {
    assert.deepEqual(saidOf(messy), saidOf(plain));
  });

  it('consists of posts that the API takes as they are', () => {
    for (const { body, atMs } of [...plain, ...messy]) {
      const { run, warnings } = readTestRun(structuredClone(body), atMs);
      assert.equal(run.cases.count, body.cases.length);
      assert.deepEqual(warnings, []);
    }
  });

  it('holds repetitions, shards, late posts and wrong clocks, each of them somewhere', () => {
    const keys = messy.map(({ key }) => key);
    assert.ok(new Set(keys).size < keys.length, 'repeated');
    const times = new Map(plain.map(({ body, atMs }) => [body.runKey, { body, atMs }]));
    const days = messy.map(({ body, atMs }) => (atMs - times.get(body.runKey)!.atMs) / 86_400_000);
    assert.ok(Math.max(...days) > 5 && Math.max(...days) <= 14.1 && Math.min(...days) >= 0);
    const totals = messy.map(({ body }) => body.shard?.total ?? 1);
    assert.ok(Math.min(...totals) === 1 && Math.max(...totals) > 30 && Math.max(...totals) <= 50);
    const off = messy.map(({ body }) =>
      Math.abs(Date.parse(body.startedAt) - Date.parse(times.get(body.runKey)!.body.startedAt)),
    );
    assert.ok(Math.max(...off) > 1_800_000 && Math.max(...off) <= 3_600_000);
  });

  it('is the same for the same chance', () => {
    assert.deepEqual(disturbed(plain, chance(4)), messy);
    assert.notDeepEqual(disturbed(plain, chance(5)), messy);
  });
});
