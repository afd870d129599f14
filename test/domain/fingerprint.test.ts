import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureFields } from '../../src/domain/failure-fields.ts';
import { fingerprint, parentSuite } from '../../src/domain/fingerprint.ts';
import { chance } from './chance.ts';

const of = (message: string | null, suite = 'auth/login'): string =>
  fingerprint(failureFields({ message, stack: null }), suite);

describe('fingerprint', () => {
  it('is ef1: and 32 hex digits, and stays what it is, because it is stored', () => {
    assert.equal(
      of('TypeError: no session token for user 12'),
      'ef1:d938f9136906e3064ce15bd1da5fc6dc',
    );
  });
  it('data of the run do not change it (P39)', () => {
    assert.equal(
      of('\u001b[31mError\u001b[0m: GET http://localhost:41/x took 12 ms\r\nin /a/b.ts:1:2'),
      of('Error: GET http://localhost:5823/x took 999 ms\nin /home/ci/7/b.ts:88:9'),
    );
  });
  it('another type of error is another fingerprint, whatever else is equal (P40)', () => {
    assert.notEqual(
      of('TypeError: no session token found'),
      of('RangeError: no session token found'),
    );
  });
  it('one different word that says something is another fingerprint', () => {
    assert.notEqual(
      of("Error: button 'Login' not found in page"),
      of("Error: button 'Logout' not found in page"),
    );
  });
  it('200 templates in ten fillings each are 200 fingerprints, because only their words count', () => {
    const next = chance(3);
    const pick = (list: string[]): string => list[Math.floor(next() * list.length)]!;
    const letters = Array.from('bcdfghklmnprstvz');
    const word = (): string =>
      Array.from({ length: 4 }, () => pick(letters) + pick([...'aeiou'])).join('');
    const fillers = [
      () => `${Math.floor(next() * 1e6)}`,
      () => `0x${Math.floor(next() * 2 ** 32).toString(16)}`,
      () => `/${word()}/${Math.floor(next() * 99)}/login.ts:${Math.floor(next() * 99)}`,
      () => `10.0.0.${Math.floor(next() * 256)}:${Math.floor(next() * 6e4)}`,
      () => new Date(next() * 2e12).toISOString(),
    ];
    const found = new Set<string>();
    for (let template = 0; template < 200; template++) {
      const words = Array.from({ length: 4 + Math.floor(next() * 6) }, word);
      const kinds = words.map(() => fillers[Math.floor(next() * fillers.length)]!);
      const fillings = Array.from({ length: 10 }, () =>
        of(`TypeError: ${words.map((each, i) => `${each} ${kinds[i]!()}`).join(' ')}`),
      );
      assert.equal(new Set(fillings).size, 1, words.join(' '));
      found.add(fillings[0]!);
    }
    assert.equal(found.size, 200);
  });
  it('a telling message is one in all suites, a vague one per folder, a bare one per suite', () => {
    const [here, sister, other] = ['auth/login', 'auth/logout', 'cart/add'];
    const much = 'TypeError: no session token found';
    assert.equal(of(much, here), of(much, other));
    const little = 'AssertionError: expected 1 to be 2';
    assert.equal(of(little, here), of(little, sister));
    assert.notEqual(of(little, here), of(little, other));
    for (const nothing of ['AssertionError', '', null]) {
      assert.equal(of(nothing, here), of(nothing, here));
      assert.notEqual(of(nothing, here), of(nothing, sister));
    }
  });
  for (const [suite, parent] of [
    ['auth/login', 'auth'],
    ['tests/auth/login.test.ts', 'tests/auth'],
    ['login.test.ts > form > submit', 'login.test.ts > form'],
    ['com.acme.LoginTest', 'com.acme'],
    ['App\\Tests\\Login', 'App\\Tests'],
    ['LoginTest', 'LoginTest'],
    ['', ''],
  ]) {
    it(`${suite} stands in ${parent}, because each language writes it in its way`, () => {
      assert.equal(parentSuite(suite!), parent);
    });
  }
});
