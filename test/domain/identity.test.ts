import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jobKey, publicTestId, runIdentity, testKey } from '../../src/domain/identity.ts';

const id = (key: string) => publicTestId('acme/web', key).toString('hex');

describe('identity', () => {
  it('a public id is 16 hex digits and never changes, because URLs and tickets carry it', () => {
    assert.equal(id(testKey({ suite: 'auth', name: 'logs in', ordinal: 1 })), 'd0ab610ebe6599ff');
  });
  it('suite and name do not run into one another', () => {
    const ab = testKey({ suite: 'a', name: 'b c', ordinal: 1 });
    assert.notEqual(id(ab), id(testKey({ suite: 'a b', name: 'c', ordinal: 1 })));
  });
  it('an explicit id names the test, whatever its name is now', () => {
    assert.notEqual(id(testKey({ explicitId: 'T-1' })), id(testKey({ explicitId: 'T-2' })));
  });

  for (const [job, key] of [
    ['rspec 1/4', 'rspec'],
    ['rspec (1, 4)', 'rspec'],
    ['e2e [2 of 5]', 'e2e'],
    ['unit-3/8', 'unit'],
    ['node 20', 'node 20'],
    ['1/4', '1/4'],
    ['build v1.2', 'build v1.2'],
  ] as const) {
    it(`job ${job} has the key ${key}`, () => assert.equal(jobKey(job, 'jest'), key));
  }
  it('without a job the framework stands in', () => assert.equal(jobKey(null, 'jest'), 'jest'));

  it('the shards of one job share a run, another environment does not', () => {
    const run = {
      job: 'e2e 1/2',
      framework: 'jest',
      environment: null,
      branch: 'main',
      commit: 'c',
      runKey: null,
    };
    assert.deepEqual(runIdentity(run), runIdentity({ ...run, job: 'e2e 2/2' }));
    assert.notDeepEqual(runIdentity(run), runIdentity({ ...run, environment: 'linux' }));
    assert.notDeepEqual(runIdentity(run), runIdentity({ ...run, branch: null }));
  });
});
