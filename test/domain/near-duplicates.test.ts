import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { failureFields } from '../../src/domain/failure-fields.ts';
import {
  bandsOf,
  linkOf,
  nearDuplicates,
  type Sketch,
  similarity,
  sketch,
} from '../../src/domain/near-duplicates.ts';
import { UnionFind } from '../../src/domain/union-find.ts';

const of = (message: string): Sketch => sketch(failureFields({ message, stack: null }));
const sentence = 'TypeError: cannot open session store because folder of user accounts went away';

/** Messages of few words, so that many are alike. */
const message = fc
  .array(fc.constantFrom(...'alpha beta gamma delta zeta theta kappa sigma omega'.split(' ')), {
    minLength: 3,
    maxLength: 12,
  })
  .map((words) => `TypeError: ${words.join(' ')}`);

function components(sketches: Sketch[]): number[][] {
  const sets = new UnionFind(sketches.length);
  for (const { a, b } of nearDuplicates(sketches)) sets.join(a, b);
  return sets.groups();
}

describe('near-duplicates', () => {
  it('one word more or less links, because messages carry names', () => {
    assert.ok(linkOf(of(sentence), of(sentence.replace('user', 'admin'))) !== null);
    assert.ok(linkOf(of(sentence), of(`${sentence} again`)) !== null);
  });
  it('another type, a vague message or half the length do not, because that is another failure', () => {
    assert.equal(linkOf(of(sentence), of(sentence.replace('TypeError', 'RangeError'))), null);
    assert.equal(linkOf(of('Error: no'), of('Error: no')), null);
    assert.equal(linkOf(of(sentence), of(`${sentence} ${sentence} ${sentence}`)), null);
  });
  it('similarity is what is shared of all word pairs', () => {
    assert.equal(similarity(Uint32Array.of(1, 2, 3), Uint32Array.of(2, 3, 4)), 0.5);
    assert.equal(similarity(Uint32Array.of(1), Uint32Array.of(2)), 0);
    assert.equal(similarity(new Uint32Array(), new Uint32Array()), 1);
  });
  it('signatures estimate similarity to 0.2, because they have 64 numbers', () => {
    const words = Array.from(
      { length: 400 },
      (_, i) =>
        `w${'abcdefghij'[i % 10]}${'klmnopqrst'[((i / 10) % 10) | 0]}${'uvwx'[(i / 100) | 0]}`,
    );
    for (const shared of [40, 80, 120, 160]) {
      const a = of(`Error: ${words.slice(0, 200).join(' ')}`);
      const b = of(`Error: ${words.slice(200 - shared, 400 - shared).join(' ')}`);
      const equal = a.signature.filter((value, i) => value === b.signature[i]).length / 64;
      assert.ok(Math.abs(equal - similarity(a.bigrams, b.bigrams)) < 0.2);
    }
  });
  it('bands find nearly all of what is alike enough, because a pair at 0.6 shares one of 16', () => {
    let [alike, found] = [0, 0];
    fc.assert(
      fc.property(message, fc.nat(12), (x, at) => {
        const y = x
          .split(' ')
          .with(-1 - (at % x.split(' ').length), 'iota')
          .join(' ');
        const [a, b] = [of(x), of(y)];
        if (linkOf(a, b) === null) return;
        const bands = new Set(bandsOf(a));
        alike++;
        found += Number(bandsOf(b).some((band) => bands.has(band)));
      }),
      { numRuns: 1000, seed: 7 },
    );
    assert.ok(alike > 50, `${alike}`);
    assert.ok(found / alike > 0.9, `${found} of ${alike}`);
  });
  it('components do not depend on the order of arrival (P41)', () => {
    fc.assert(
      fc.property(fc.uniqueArray(message, { maxLength: 25 }), fc.nat(), (messages, turn) => {
        const order = messages.map((_, i) => (i * 7 + turn) % messages.length);
        const turned = [...new Set([...order, ...messages.keys()])];
        const named = (groups: number[][], name: (i: number) => string): string[] =>
          groups.map((group) => group.map(name).sort().join('\n')).sort();
        const straight = components(messages.map(of));
        const shuffled = components(turned.map((i) => of(messages[i]!)));
        assert.deepEqual(
          named(shuffled, (i) => messages[turned[i]!]!),
          named(straight, (i) => messages[i]!),
        );
      }),
    );
  });
  it('one more failure never parts what was together (P42)', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), message, (messages, more) => {
        const before = components(messages.map(of));
        const after = components([...messages, more].map(of));
        for (const group of before) {
          assert.ok(after.some((larger) => group.every((i) => larger.includes(i))));
        }
      }),
    );
  });
  it('pairs that are settled are passed over, because their texts need not be compared', () => {
    const sketches = [of(sentence), of(`${sentence} again`)];
    assert.equal([...nearDuplicates(sketches)].length, 1);
    assert.equal([...nearDuplicates(sketches, () => true)].length, 0);
  });
});
