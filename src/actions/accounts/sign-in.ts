import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import { addressGroup } from '../../domain/address-group.ts';
import { foldLogin } from '../../domain/login.ts';
import { retryAfterSeconds, SlidingWindow } from '../../domain/sliding-window.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { SignInPlace } from '../../store/accounts/sessions.ts';
import type { Store } from '../../store/store.ts';
import type { Passwords } from './passwords.ts';

export type Attempt = {
  login: string;
  password: string;
  place: SignInPlace;
  /** the token that the browser came with; its session ends */
  former: string | null;
};

const newWindow = () =>
  new SlidingWindow<string>(
    limits.signInFailures.value,
    limits.signInWindowMs.value,
    limits.signInTableKeys.value,
  );

/**
 * Password → session. Failures count per account and per address, whether or not there is such an
 * account; whoever has too many waits. An address from which an account was signed in to before is
 * counted apart, so that a stranger's guesses do not keep its owner out.
 */
export class SignIn {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #passwords: Passwords;
  readonly #ofAccount = newWindow();
  readonly #ofAddress = newWindow();
  readonly #wellKnown = new LRUCache<string, true>({ max: 10_000 });

  constructor(store: Store, clock: Clock, passwords: Passwords) {
    this.#store = store;
    this.#clock = clock;
    this.#passwords = passwords;
  }

  /**
   * The token of a new session. Throws `unauthorized` (the same for a wrong name and a wrong
   * password), `rate_limited`, `busy`.
   */
  async begin({ login, password, place, former }: Attempt): Promise<string> {
    const folded = foldLogin(login).slice(0, limits.loginLength.value);
    const group = addressGroup(place.address);
    const pair = `${folded} ${group}`;
    const account = this.#wellKnown.has(pair) ? pair : folded;
    const user = await this.#store.accounts.findUser(folded);
    // Decided and counted in its turn, so that guesses that come together are not all let through.
    const isRight = await this.#passwords.matches(password, user?.passwordHash ?? null, {
      ask: () => this.#refuseTooMany(account, group),
      tell: (isRight) => {
        if (!isRight) this.#count(account, group);
      },
    });
    if (!isRight || user === null) {
      const by = { kind: 'nobody', id: null, name: 'nobody', address: place.address } as const;
      const subject = user === null ? 'an unknown account' : user.login;
      await this.#store.accounts.refuseSession(subject, by, this.#clock.now());
      throw new AppError('unauthorized', 'This user name and password do not belong together.');
    }
    this.#wellKnown.set(pair, true);
    return this.#store.accounts.beginSession(user, place, former, this.#clock.now());
  }

  #refuseTooMany(account: string, group: string): void {
    const now = this.#clock.monotonic();
    const waitMs = Math.max(
      this.#ofAccount.waitMs(account, now),
      this.#ofAddress.waitMs(group, now),
    );
    if (waitMs > 0) throw tooMany(waitMs);
  }

  #count(account: string, group: string): void {
    const now = this.#clock.monotonic();
    this.#ofAccount.take(account, now);
    this.#ofAddress.take(group, now);
  }
}

function tooMany(waitMs: number): AppError {
  const minutes = Math.ceil(waitMs / 60_000);
  const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return new AppError('rate_limited', `Too many failed attempts. Try again in ${wait}.`, {
    retryAfter: retryAfterSeconds(waitMs),
  });
}
