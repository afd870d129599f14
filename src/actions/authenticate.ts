import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { hashKey, isKeyForm } from '../domain/api-key.ts';
import type { Principal } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import type { FoundKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

type KeyPrincipal = Extract<Principal, { kind: 'key' }>;

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
  /** the last key of a connection and its hash, which costs a tenth of a small post */
  readonly #hashed = new WeakMap<object, { key: string; id: string }>();
  #revocations = 0;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Throws `unauthorized` for a missing, malformed, unknown, revoked or expired key. */
  async principalOf(key: string | undefined): Promise<KeyPrincipal> {
    if (key === undefined || !isKeyForm(key)) throw refused();
    const hash = hashKey(key);
    const id = hash.toString('base64');
    const found = this.#live.get(id) ?? (await this.#lookUp(id, hash));
    if (found === null) throw refused();
    if (this.#hasEnded(found)) throw refused();
    return found.principal;
  }

  /** The same without waiting; null where the key must be looked up first, or is refused. */
  principalNow(key: unknown, connection: object): KeyPrincipal | null {
    if (typeof key !== 'string') return null;
    const last = this.#hashed.get(connection);
    const id = last?.key === key ? last.id : hashKey(key).toString('base64');
    if (last?.id !== id) this.#hashed.set(connection, { key, id });
    const found = this.#live.get(id);
    return found === undefined || this.#hasEnded(found) ? null : found.principal;
  }

  #hasEnded({ expiresAtMs }: FoundKey): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.#clock.now();
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
