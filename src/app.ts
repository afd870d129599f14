import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { Passwords } from './actions/accounts/passwords.ts';
import { Sessions } from './actions/accounts/sessions.ts';
import { SignIn } from './actions/accounts/sign-in.ts';
import { Authenticator } from './actions/authenticate.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Config, toBlockList } from './config.ts';
import { openControl } from './control/server.ts';
import { SlidingWindow } from './domain/sliding-window.ts';
import { ExitError, exitCode } from './errors.ts';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import type { FirstStart } from './store/accounts/setup.ts';
import { openStore, type Store } from './store/store.ts';
import type { ThreadFaults } from './store/threads.ts';
import { BegunRequests } from './web/begun-requests.ts';
import { ByteBudget } from './web/byte-budget.ts';
import type { Web } from './web/context.ts';
import { CreditMeter } from './web/credit-meter.ts';
import { Live } from './web/live.ts';
import { createWebServer, type Patience } from './web/server.ts';
import { cookieFor } from './web/session-cookie.ts';
import { openView } from './web/view.ts';

export type App = {
  store: Store;
  /** where people reach it, without a slash at the end */
  url: string;
  /** what a first start made, to be shown once; else null */
  firstStart: FirstStart | null;
  /** Refuses new runs, finishes what was begun, closes in reverse order of opening. */
  close(): Promise<void>;
};

export type AppOptions = {
  config: Config;
  log: Log;
  clock?: Clock;
  /** with slow clients; for tests that do not want to wait */
  patience?: Patience;
  /** only for tests */
  faults?: ThreadFaults;
  /** called when the store cannot go on: the process must end with this */
  onFailure: (exit: ExitError) => void;
};

/** A connection that has begun nothing within this is closed by a stop. */
const idleMs = 50;
/** What is still read or answered when all that was begun has ended. */
const lateMs = 1000;

/** Composition root: configuration → store → control socket → web server. Throws ExitError. */
export async function openApp({
  config,
  log,
  clock = systemClock,
  patience,
  faults,
  onFailure,
}: AppOptions): Promise<App> {
  const opening = openStore({
    folder: config.data,
    nowMs: clock.now(),
    pid: process.pid,
    ...(config.rateLimit !== 'off' && { rateWindowMs: config.rateLimit.windowMs }),
    onFailure,
    onThreadDeath: (thread, cause) => log.error('thread_died', { thread, cause }),
    onUnjudged: (cause) => log.error('repo_not_judged', { cause }),
    ...(faults && { faults }),
  });
  const viewOf = doneEarly(openView);
  const { store, firstStart } = await opening;
  const opened: (() => Promise<void>)[] = [() => store.close()];
  const close = async () => {
    while (opened.length > 0) await opened.pop()!();
  };
  try {
    let isDraining = false;
    let baseUrl = config.baseUrl ?? '';
    const authenticator = new Authenticator(store, clock);
    const passwords = new Passwords(randomBytes, limits.passwordsWaiting.value);
    opened.push(() => passwords.close());
    const credits = openCredits(store, clock, log);
    opened.push(() => credits.close());
    const web: Web = {
      store,
      clock,
      log,
      view: viewOf(),
      authenticator,
      rate: config.rateLimit,
      limiter: await openLimiter(config, store, clock),
      failures: new SlidingWindow(limits.authFailures.value, 60_000, 10_000),
      budget: new ByteBudget(limits.bytesInFlight.value),
      credits: credits.meter,
      live: new Live(store, log, randomBytes),
      sessions: new Sessions(store, clock, log),
      signIn: new SignIn(store, clock, passwords),
      passwords,
      cookie: cookieFor(config.baseUrl),
      trustedProxies: toBlockList(config.trustedProxies),
      baseUrl: () => baseUrl,
      isDraining: () => isDraining,
    };
    const server = createWebServer(web, patience);
    const begun = new BegunRequests(server);
    const control = await openControl(config.data, {
      store,
      clock,
      authenticator,
      baseUrl: () => baseUrl,
    });
    opened.push(() => control.close());
    const address = await listen(server, config);
    opened.push(async () => {
      isDraining = true;
      web.live.close();
      await drain(server, begun);
    });
    baseUrl ||= urlOf(address);
    void checkAfterCrash(store, log);
    return { store, url: baseUrl, firstStart, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Works while the store's threads start; what came of it, or its error, is handed out later. */
function doneEarly<T>(work: () => T): () => T {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/**
 * Lets the requests that were begun finish, within a bound; until then new ones are still answered,
 * so that a load balancer hears from /readyz what happens. Then takes no more connections.
 */
async function drain(server: Server, begun: BegunRequests): Promise<void> {
  await begun.finished(limits.drainMs.value);
  const closed = once(server, 'close');
  // Not its own `close`, which also ends connections whose first request is still on its way.
  NetServer.prototype.close.call(server);
  const idle = setInterval(() => server.closeIdleConnections(), idleMs);
  const cut = setTimeout(() => server.closeAllConnections(), lateMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

/** The appliance serves meanwhile; damage ends it through the store's `onFailure`. */
async function checkAfterCrash(store: Store, log: Log): Promise<void> {
  try {
    const found = await store.checkAfterCrash();
    if (found === null) return;
    if (found.length === 0) log.info('checked_after_unclean_stop', { result: 'ok' });
    else log.error('checked_after_unclean_stop', { result: found.join('\n') });
  } catch (error) {
    log.error('check_failed', { cause: String(error) });
  }
}

/** Counts reads and writes the counts down every few seconds; a failure is told and tried again. */
function openCredits(store: Store, clock: Clock, log: Log) {
  const meter = new CreditMeter(store, clock);
  const flush = () =>
    meter
      .flush()
      .catch((error: Error) => log.warn('credits_not_written', { cause: error.message }));
  const timer = setInterval(() => void flush(), limits.creditFlushMs.value);
  const close = async () => {
    clearInterval(timer);
    await flush();
  };
  return { meter, close };
}

/** The limiter as it stood before the restart: requests of the last window, by their age. */
async function openLimiter({ rateLimit }: Config, store: Store, clock: Clock) {
  if (rateLimit === 'off') return null;
  const { requests, windowMs } = rateLimit;
  const nowMs = clock.now();
  const now = clock.monotonic();
  const admissions = await store.admissionsSince(nowMs - windowMs);
  const restored = new Set(admissions.map(({ keyId }) => keyId)).size;
  const capacity = Math.max(limits.rateTableKeys.value, restored * 2);
  const limiter = new SlidingWindow<number>(requests, windowMs, capacity);
  for (const { keyId, atMs, requests } of admissions) {
    const age = Math.min(windowMs, Math.max(0, nowMs - atMs));
    for (let i = 0; i < requests; i++) limiter.restore(keyId, now - age);
  }
  return limiter;
}

async function listen(server: Server, { host, port }: Config): Promise<AddressInfo> {
  const listening = once(server, 'listening');
  server.listen(port, host);
  try {
    await listening;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new ExitError(
        exitCode.taken,
        `${host}:${port} is taken by another program; choose another --port.`,
        cause,
      );
    }
    if (code === 'EACCES') {
      throw new ExitError(
        exitCode.permission,
        `not allowed to listen on ${host}:${port}; choose a port above 1023.`,
        cause,
      );
    }
    throw new ExitError(
      exitCode.config,
      `cannot listen on ${host}:${port}: ${(cause as Error).message}`,
      cause,
    );
  }
  return server.address() as AddressInfo;
}

function urlOf({ address, port, family }: AddressInfo): string {
  const isAny = address === '0.0.0.0' || address === '::';
  const name = isAny ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${name}:${port}`;
}
