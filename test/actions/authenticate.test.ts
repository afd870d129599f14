import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Authenticator } from '../../src/actions/authenticate.ts';
import { makeKey } from '../../src/domain/api-key.ts';
import type { FoundKey } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';

const key = makeKey((n) => crypto.getRandomValues(new Uint8Array(n)));
const found: FoundKey = {
  principal: { kind: 'key', keyId: 1, name: 'k', workspaceId: 1, scopes: ['ingest'], repos: [] },
  expiresAtMs: 1000,
};
const refused = { code: 'unauthorized' };

/** A store whose look-ups end when they are told to. */
function storeOf() {
  const asked: ((answer: FoundKey | null) => void)[] = [];
  const findKey = () => new Promise<FoundKey | null>((resolve) => asked.push(resolve));
  return { asked, store: { findKey } as unknown as Store };
}

describe('the authenticator', () => {
  let nowMs = 0;
  const clock = { now: () => nowMs, monotonic: () => nowMs };

  it('asks once for requests that come together, and lets them go on in their order', async () => {
    const { asked, store } = storeOf();
    const authenticator = new Authenticator(store, clock);
    const order: number[] = [];
    const all = [1, 2, 3].map(async (i) => {
      await authenticator.principalOf(key);
      order.push(i);
    });
    assert.equal(asked.length, 1);
    asked[0]!(found);
    await Promise.all(all);
    assert.deepEqual(order, [1, 2, 3]);
    await authenticator.principalOf(key);
    assert.equal(asked.length, 1, 'it is remembered');
  });

  it('remembers no refusal, because the key may be made in the next moment', async () => {
    const { asked, store } = storeOf();
    const authenticator = new Authenticator(store, clock);
    const first = assert.rejects(authenticator.principalOf(key), refused);
    asked[0]!(null);
    await first;
    const second = authenticator.principalOf(key);
    asked[1]!(found);
    assert.equal((await second).keyId, 1);
  });

  it('does not remember what was read before a revocation, because that key is dead', async () => {
    const { asked, store } = storeOf();
    const authenticator = new Authenticator(store, clock);
    const early = authenticator.principalOf(key);
    authenticator.forget(1);
    const late = assert.rejects(authenticator.principalOf(key), refused);
    asked[0]!(found);
    asked[1]!(null);
    await Promise.all([early, late]);
    const later = assert.rejects(authenticator.principalOf(key), refused);
    asked[2]!(null);
    await later;
  });

  it('refuses a remembered key from the moment it expires', async () => {
    const { asked, store } = storeOf();
    const authenticator = new Authenticator(store, clock);
    const first = authenticator.principalOf(key);
    asked[0]!(found);
    await first;
    nowMs = 1000;
    await assert.rejects(authenticator.principalOf(key), refused);
  });
});
