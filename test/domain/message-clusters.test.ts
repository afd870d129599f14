import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { failureFields } from '../../src/domain/failure-fields.ts';
import { fingerprint } from '../../src/domain/fingerprint.ts';
import { MessageClusters } from '../../src/domain/message-clusters.ts';
import { type Sketch, sketch } from '../../src/domain/near-duplicates.ts';

type Said = { id: string; sketch: Sketch };

function said(message: string): Said {
  const fields = failureFields({ message, stack: null });
  return { id: fingerprint(fields, 'suite'), sketch: sketch(fields) };
}

/** The name of each, added in this order. */
function namesOf(all: readonly Said[], clusters = new MessageClusters()): Map<string, string> {
  return new Map(all.map((each) => [each.id, clusters.add(each.id, each.sketch)]));
}

const base = 'alpha beta gamma delta zeta theta kappa sigma omega lambda'.split(' ');
/** Ten words, the first `changed` of them replaced: each step is near the one before. */
const step = (changed: number): string =>
  `Error: ${base.map((word, i) => (i < changed ? `other${word}` : word)).join(' ')}`;

const message = fc
  .array(fc.constantFrom(...base), { minLength: 4, maxLength: 10 })
  .map((words) => `Error: ${words.join(' ')}`);
const distinct = fc
  .array(message, { maxLength: 20 })
  .map((messages) => [...new Map(messages.map((text) => [said(text).id, said(text)])).values()]);

describe('clusters of messages', () => {
  it('a cluster is named by the message that was seen first, because that name can be kept', () => {
    const [first, second, stranger] = [
      said(step(1)),
      said(step(0)),
      said('Error: something quite different went wrong'),
    ];
    assert.deepEqual(
      [...namesOf([first, stranger, second]).values()],
      [first.id, stranger.id, first.id],
    );
  });
  it('a chain of small steps breaks, because its ends have nothing in common', () => {
    const chain = Array.from({ length: 11 }, (_, changed) => said(step(changed)));
    const names = [...namesOf(chain).values()];
    assert.equal(names[1], names[0]);
    assert.notEqual(names[10], names[0]);
  });
  it('of two clusters the more alike is joined, because it says more of the same', () => {
    const [far, near, newcomer] = [said(step(0)), said(step(4)), said(step(3))];
    assert.equal(namesOf([far, near, newcomer]).get(newcomer.id), near.id);
  });
  it('later messages change no name, because people have linked to it', () => {
    fc.assert(
      fc.property(distinct, fc.nat(20), (all, cut) => {
        const whole = namesOf(all);
        for (const [id, name] of namesOf(all.slice(0, cut))) assert.equal(whole.get(id), name);
        for (const name of whole.values()) assert.equal(whole.get(name), name);
      }),
    );
  });
  it('names that were restored are like those that were given (P41)', () => {
    fc.assert(
      fc.property(distinct, fc.nat(20), (all, cut) => {
        const whole = namesOf(all);
        const restored = new MessageClusters();
        for (const { id, sketch } of all.slice(0, cut))
          restored.restore(id, sketch, whole.get(id)!);
        for (const [id, name] of namesOf(all.slice(cut), restored))
          assert.equal(whole.get(id), name);
      }),
    );
  });
  it('what was removed attracts nobody, because it is no longer known', () => {
    const [first, second] = [said(step(0)), said(step(1))];
    const clusters = new MessageClusters();
    namesOf([first], clusters);
    clusters.remove([first.id]);
    assert.equal(clusters.add(second.id, second.sketch), second.id);
  });
  it('vague messages stay alone, because they are alike without meaning the same', () => {
    const vague = said('Error: no');
    assert.equal(vague.sketch.isInformative, false);
    const clusters = new MessageClusters();
    clusters.add(vague.id, vague.sketch);
    assert.equal(clusters.add('other', vague.sketch), 'other');
    clusters.remove(['other']);
  });
});
