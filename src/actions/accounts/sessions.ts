import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import type { SessionPrincipal } from '../../domain/principal.ts';
import { limits } from '../../limits.ts';
import type { Log } from '../../log.ts';
import type { FoundSession } from '../../store/accounts/sessions.ts';
import type { Store } from '../../store/store.ts';

const tokenForm = /^[\w-]{32}$/;

/** Cookie → person. A session is looked up for each request, so that its end is seen at once. */
export class Sessions {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Log;
  /** monotonic ms at which a session ends, so that a clock put back does not make it longer */
  readonly #ends = new LRUCache<string, number>({ max: 10_000 });

  constructor(store: Store, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** null: no session, a malformed token, or one whose session has ended. */
  async find(token: string | null): Promise<SessionPrincipal | null> {
    if (token === null || !tokenForm.test(token)) return null;
    const nowMs = this.#clock.now();
    const found = await this.#store.accounts.findSession(token, nowMs);
    if (found === null || this.#isOver(found, nowMs)) return null;
    if (nowMs - found.seenAtMs >= limits.sessionSeenMs.value) await this.#touch(found, nowMs);
    return found.principal;
  }

  #isOver({ principal, createdAtMs }: FoundSession, nowMs: number): boolean {
    const now = this.#clock.monotonic();
    // The number of a session that has ended is given again.
    const session = `${principal.sessionId} ${createdAtMs}`;
    const known = this.#ends.get(session);
    const end = known ?? now + createdAtMs + limits.sessionMs.value - nowMs;
    if (known === undefined) this.#ends.set(session, end);
    return now >= end;
  }

  /** When it cannot be written the session only ends earlier; the page is shown all the same. */
  async #touch({ principal }: FoundSession, nowMs: number): Promise<void> {
    try {
      await this.#store.accounts.touchSession(principal.sessionId, nowMs);
    } catch (error) {
      this.#log.warn('session_not_touched', { cause: String(error) });
    }
  }
}
