import type { BlockList } from 'node:net';
import type { ParameterizedContext } from 'koa';
import type { Passwords } from '../actions/accounts/passwords.ts';
import type { Sessions } from '../actions/accounts/sessions.ts';
import type { SignIn } from '../actions/accounts/sign-in.ts';
import type { Authenticator } from '../actions/authenticate.ts';
import type { Clock } from '../clock.ts';
import type { Rate } from '../config.ts';
import type { Principal } from '../domain/principal.ts';
import type { SlidingWindow } from '../domain/sliding-window.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { CreditMeter } from './credit-meter.ts';
import type { Live } from './live.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { View } from './view.ts';

/** What the routes work with; made once in app.ts. */
export type Web = {
  store: Store;
  clock: Clock;
  log: Log;
  view: View;
  authenticator: Authenticator;
  rate: Rate;
  /** null: rate limit off */
  limiter: SlidingWindow<number> | null;
  /** refused keys per address */
  failures: SlidingWindow<string>;
  budget: ByteBudget;
  credits: CreditMeter;
  live: Live;
  sessions: Sessions;
  signIn: SignIn;
  passwords: Passwords;
  cookie: SessionCookie;
  trustedProxies: BlockList;
  /** where people reach us, without a slash at the end */
  baseUrl: () => string;
  isDraining: () => boolean;
};

export type State = {
  principal: Principal;
  /** ms since the epoch when the limiter admitted this request; null when it is off */
  admittedAtMs: number | null;
};

export type Ctx = ParameterizedContext<
  State,
  { params: Record<string, string>; captures?: string[] }
>;
export type Handler = (ctx: Ctx, web: Web) => void | Promise<void>;
