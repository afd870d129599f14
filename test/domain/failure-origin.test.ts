import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureOrigin, type KnownTest } from '../../src/domain/failure-origin.ts';

const stable: KnownTest = {
  ...{ health: 'stable', pFlaky: 0.01, brokeAt: null },
  ...{ isStorm: false, hasFailed: true },
};

describe('where a failure comes from', () => {
  for (const [known, origin, because] of [
    [stable, 'new', 'nothing else explains it'],
    [{ ...stable, health: null }, 'new', 'nothing is known of the test'],
    [{ ...stable, health: 'flaky', pFlaky: 0.99 }, 'flaky', 'it fails on good code'],
    [
      { ...stable, health: 'suspect', pFlaky: 0.6 },
      'new',
      'a suspicion is not enough to wave it through',
    ],
    [{ ...stable, health: 'recovered', pFlaky: 0.95 }, 'flaky', 'it flaked when it last failed'],
    [{ ...stable, health: 'broken', brokeAt: 'before' }, 'standing', 'an earlier commit broke it'],
    [{ ...stable, health: 'broken', brokeAt: 'here' }, 'new', 'this very commit broke it'],
    [{ ...stable, health: 'flaky', pFlaky: 1, brokeAt: 'before' }, 'standing', 'a break says more'],
    [{ ...stable, isStorm: true }, 'storm', 'hundreds of tests do not break at once'],
    [
      { ...stable, health: 'always-failing', hasFailed: false },
      'new',
      'it is there for the first time',
    ],
    [{ ...stable, health: 'always-failing' }, 'standing', 'it never passed'],
  ] as [KnownTest, string, string][]) {
    it(`${origin}, because ${because}`, () => assert.equal(failureOrigin(known), origin));
  }
});
