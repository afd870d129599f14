import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { hashKey, isKeyForm } from '../domain/api-key.ts';
import type { Principal } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import type { FoundKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

const refused = () => new AppError('unauthorized', 'missing or invalid API key');

/**
 * Key → principal. Malformed keys end before any look-up; live keys are remembered until revoked.
 * Every refusal reads the same, so that nothing is told about which keys exist.
 */
export class Authenticator {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #live = new LRUCache<string, FoundKey>({ max: 10_000 });
  /** look-ups under way: requests that come together ask once, and go on in their order */
  readonly #asking = new Map<string, Promise<FoundKey | null>>();
  #revocations = 0;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Throws `unauthorized` for a missing, malformed, unknown, revoked or expired key. */
  async principalOf(key: string | undefined): Promise<Extract<Principal, { kind: 'key' }>> {
    if (key === undefined || !isKeyForm(key)) throw refused();
    const hash = hashKey(key);
    const id = hash.toString('base64');
    const found = this.#live.get(id) ?? (await this.#lookUp(id, hash));
    if (found === null) throw refused();
    if (found.expiresAtMs !== null && found.expiresAtMs <= this.#clock.now()) throw refused();
    return found.principal;
  }

  #lookUp(id: string, hash: Uint8Array): Promise<FoundKey | null> {
    const asking = this.#asking.get(id) ?? this.#ask(id, hash);
    this.#asking.set(id, asking);
    return asking;
  }

  /** What was read before a revocation must not be remembered after it. */
  async #ask(id: string, hash: Uint8Array): Promise<FoundKey | null> {
    const revocations = this.#revocations;
    try {
      const found = await this.#store.findKey(hash);
      if (found !== null && revocations === this.#revocations) this.#live.set(id, found);
      return found;
    } finally {
      this.#asking.delete(id);
    }
  }

  /** To be called when a key was revoked: its next request is refused. */
  forget(keyId: number): void {
    this.#revocations++;
    this.#asking.clear();
    for (const [id, found] of this.#live.entries()) {
      if (found.principal.keyId === keyId) this.#live.delete(id);
    }
  }
}
