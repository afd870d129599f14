import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guessedPasswords } from '../../src/domain/guessed-passwords.ts';
import { passwordProblem } from '../../src/domain/password.ts';

const problem = (password: string, own: string[] = []) =>
  passwordProblem(password, own, { least: 8, most: 128 });

describe('a password', () => {
  for (const good of [
    'a few plain words',
    'dragon eats pilot',
    'passwordless-login',
    'x7#Qp2!z',
    'пароль-из-слов',
    '漢字漢字 are fine',
    'null \0 inside',
    ' spaces around ',
    'k'.repeat(3) + 'q9'.repeat(62),
  ]) {
    it(`may be ${JSON.stringify(good.slice(0, 20))}, as it is`, () =>
      assert.equal(problem(good), null));
  }
  it('is counted in characters, not in code units', () => {
    assert.match(problem('😀😁😂😃😄😅😆')!, /at least 8/);
    assert.equal(problem('😀😁😂😃😄😅😆🙂'), null);
    assert.equal(problem([...Array(64)].map((_, i) => `${i % 7}x`).join('')), null);
    assert.match(problem(`${'ab cd ef '.repeat(14)}xyz`)!, /at most 128/);
  });
  for (const first of [
    '12345678',
    '87654321',
    'qwertyuiop',
    'AbcdEfgh',
    'aaaaaaaa',
    'abcabcabc',
    'Password',
    'password123',
    'P@ssw0rd!!',
    '123Dragon2024',
    'iloveyou',
    'football',
    'trustno1',
    'welcome2026!',
    '1qaz2wsx',
    'Q1w2e3r4',
    '12344321',
    '11223344',
    'maverick',
    'MIDNIGHT',
    'minecraft',
    'cocacola',
    '4815162342',
    'williams',
    '12101989',
  ]) {
    it(`${first} is refused, because it is among the first that are guessed`, () =>
      assert.match(problem(first)!, /first that are guessed/));
  }
  it('is held against 10,000 that lists of leaked ones begin with', () => {
    assert.equal(Buffer.from(guessedPasswords, 'base64').length, 4 * 10_000);
  });
  it('is not refused by chance', () => {
    const refused = Array.from({ length: 2000 }, (_, i) => `plain ${i} words ${i * 7}`).filter(
      (one) => problem(one) !== null,
    );
    assert.deepEqual(refused, []);
  });
  it('differs from what others know of the person', () => {
    assert.match(problem('Ada@Example.com', ['ada@example.com', ''])!, /differ from your names/);
  });
});
