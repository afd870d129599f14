import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldLogin, loginProblem } from '../../src/domain/login.ts';

describe('a login', () => {
  for (const [one, other] of [
    ['Ada', 'ada'],
    [' ada@Example.COM ', 'ada@example.com'],
    ['\uff21da', 'ada'],
    ['ﬁn', 'fin'],
  ] as const) {
    it(`${one} is ${other}, because one person has one account`, () =>
      assert.equal(foldLogin(one), other));
  }
  for (const good of ['ada', 'ada@example.com', 'a.d-a_1+x', '7', 'ＡＤＡ']) {
    it(`may be ${good}`, () => assert.equal(loginProblem(good, 100), null));
  }
  for (const bad of ['', ' ', 'a b', 'аda', 'ada\0', '@ada', 'ada@', '<img>', 'ada\u202e', 'é']) {
    it(`may not be ${JSON.stringify(bad)}, because nobody could tell or type it`, () =>
      assert.match(loginProblem(bad, 100)!, /user name/));
  }
  it('has an end', () => {
    assert.equal(loginProblem('a'.repeat(100), 100), null);
    assert.match(loginProblem('a'.repeat(101), 100)!, /at most 100/);
  });
  it('is folded once and for all, so that a look-up finds what was stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(loginProblem(text, 100) === null);
        assert.equal(foldLogin(foldLogin(text)), foldLogin(text));
      }),
    );
  });
});
