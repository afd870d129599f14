import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FailingCase, failureGroups } from '../../src/domain/failure-groups.ts';

const failing = (suite: string, message: string | null): FailingCase => ({
  suite,
  message,
  stack: null,
});
const lost = 'ConnectionError: connection to database pool lost after 12 ms';

const anyFailure = fc
  .tuple(
    fc.constantFrom('', 'auth/login', 'auth/logout', 'cart', 'cart/add'),
    fc.constantFrom(
      null,
      '',
      'Error',
      'NullPointerException',
      lost,
      lost.replace('12', '900'),
      `${lost} again`,
      'AssertionError: expected 1 to be 2',
    ),
  )
  .map(([suite, message]) => failing(suite, message));

describe('failure groups of a run', () => {
  it('failures that say the same, nearly the same, or share a suite are one group', () => {
    const groups = failureGroups([
      failing('auth/login', lost),
      failing('cart/add', lost.replace('12', '900')),
      failing('auth/token', `${lost} again`),
      failing('auth/token', 'AssertionError: expected 1 to be 2'),
      failing('search', 'RangeError: page number below first page'),
    ]);
    assert.deepEqual(groups, [[0, 1, 2, 3], [4]]);
  });
  it('bare failures of different suites stay apart, because they say nothing in common', () => {
    assert.deepEqual(
      failureGroups([failing('a', 'Error'), failing('b', 'Error'), failing('c', null)]),
      [[0], [1], [2]],
    );
  });
  it('no suite is not a suite, because reporters that send none would make one group of all', () => {
    const groups = failureGroups([
      failing('', 'RangeError: page number below first page'),
      failing('', lost),
    ]);
    assert.deepEqual(groups, [[0], [1]]);
  });
  it('every failure is in one group, and the order of failures does not matter (P41)', () => {
    fc.assert(
      fc.property(fc.array(anyFailure, { maxLength: 30 }), (failures) => {
        const groups = failureGroups(failures);
        assert.deepEqual(
          groups.flat().sort((a, b) => a - b),
          [...failures.keys()],
        );
        const last = failures.length - 1;
        const mirrored = failureGroups(failures.toReversed()).map((group) =>
          group.map((i) => last - i).reverse(),
        );
        assert.deepEqual(
          mirrored.sort((a, b) => a[0]! - b[0]!),
          groups,
        );
      }),
    );
  });
  it('one more failure never parts a group (P42)', () => {
    fc.assert(
      fc.property(fc.array(anyFailure, { maxLength: 20 }), anyFailure, (failures, more) => {
        const after = failureGroups([...failures, more]);
        for (const group of failureGroups(failures)) {
          assert.ok(after.some((larger) => group.every((i) => larger.includes(i))));
        }
      }),
    );
  });
});
