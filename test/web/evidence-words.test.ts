import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evidenceInWords } from '../../src/web/pages/parts/evidence-words.ts';

const units = {
  '.': { failing: 0, passing: 1 },
  x: { failing: 1, passing: 0 },
  f: { failing: 1, passing: 1 },
};
const say = (picture: string) =>
  evidenceInWords([...picture].map((sign) => units[sign as keyof typeof units]));

describe('what the commits of a test say', () => {
  for (const [picture, words, because] of [
    ['', null, 'nothing is known'],
    ['.', 'It passed in the one commit that counts.', 'one is no plural'],
    ['.....', 'It passed in all 5 commits.', 'nothing failed'],
    ['xxx', null, 'the state says that nothing passed'],
    ['...xx', 'It failed in each of the newest 2 commits, and passed before.', 'it is broken'],
    [
      '.f.f.',
      'It failed in 2 of 5 commits, and in each of them passed too, with the same code.',
      '',
    ],
    ['.f.x.', 'It failed in 2 of 5 commits, and in 1 of them passed too, with the same code.', ''],
    ['.x.x.', 'It failed in 2 of 5 commits, and passed in others.', 'no commit says both'],
    ['....x', 'It failed in 1 of 5 commits, and passed in others.', 'one failure is no trend'],
  ] as const) {
    it(`'${picture}' → ${words}${because && `, because ${because}`}`, () =>
      assert.equal(say(picture), words));
  }
});
