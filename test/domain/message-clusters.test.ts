import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { failureFields } from '../../src/domain/failure-fields.ts';
import { fingerprint } from '../../src/domain/fingerprint.ts';
import { clusterIds, type SeenFingerprint } from '../../src/domain/message-clusters.ts';
import { sketch } from '../../src/domain/near-duplicates.ts';

function seen(message: string, firstSeen: number): SeenFingerprint {
  const fields = failureFields({ message, stack: null });
  return { id: fingerprint(fields, 'suite'), firstSeen, sketch: sketch(fields) };
}

const base = 'alpha beta gamma delta zeta theta kappa sigma omega lambda'.split(' ');
/** Ten words, the first `changed` of them replaced: each step is near the one before. */
const step = (changed: number): string =>
  `Error: ${base.map((word, i) => (i < changed ? `other${word}` : word)).join(' ')}`;

const message = fc
  .array(fc.constantFrom(...base), { minLength: 4, maxLength: 10 })
  .map((words) => `Error: ${words.join(' ')}`);

describe('clusters of messages', () => {
  it('a cluster is named by the message that was seen first, because that name can be kept', () => {
    const [first, second, other] = [
      seen(step(0), 5),
      seen(step(1), 3),
      seen('Error: something quite different went wrong', 1),
    ];
    const ids = clusterIds([first, second, other]);
    assert.equal(ids.get(first.id), second.id);
    assert.equal(ids.get(second.id), second.id);
    assert.equal(ids.get(other.id), other.id);
  });
  it('a chain of small steps breaks, because its ends have nothing in common', () => {
    const chain = Array.from({ length: 11 }, (_, changed) => seen(step(changed), changed));
    const ids = clusterIds(chain);
    assert.equal(ids.get(chain[1]!.id), ids.get(chain[0]!.id));
    assert.notEqual(ids.get(chain[10]!.id), ids.get(chain[0]!.id));
  });
  it('names are a function of the set, because late results must not rename (P41)', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.func(fc.integer()), (messages, rank) => {
        const all = [
          ...new Map(messages.map((text, i) => [seen(text, i % 4).id, seen(text, i % 4)])).values(),
        ];
        const shuffled = all.toSorted((a, b) => rank(a.id) - rank(b.id));
        assert.deepEqual(
          new Map([...clusterIds(shuffled)].sort()),
          new Map([...clusterIds(all)].sort()),
        );
      }),
    );
  });
  it('a name is a member that was seen no later than any other', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
        const all = [
          ...new Map(messages.map((text, i) => [seen(text, i % 4).id, seen(text, i % 4)])).values(),
        ];
        const ids = clusterIds(all);
        const of = new Map(all.map((each) => [each.id, each]));
        for (const [id, name] of ids) {
          assert.equal(ids.get(name), name);
          assert.ok(of.get(name)!.firstSeen <= of.get(id)!.firstSeen);
        }
      }),
    );
  });
});
