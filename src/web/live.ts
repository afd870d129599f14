import { PassThrough } from 'node:stream';
import { authorize, type Place, type Principal } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';

/** Who holds a page open. */
export type Listening = {
  /** null: the list of all repos */
  slug: string | null;
  /** path of the page; it and the pages below it are fresh for nothing as long as this lasts */
  path: string;
  /** asked anew each time, so that who signed out hears no more */
  principal: () => Promise<Principal>;
};

type Listener = Listening & { stream: PassThrough };

/** News of this long are told at once. */
const gatherMs = 400;
/** Below the least patience of usual proxies, 30 s. */
const heartbeatMs = 20_000;
/** A client that reads none of so many bytes is gone. */
const mostUnread = 16_384;

/**
 * Tells open pages that there is something new, by server-sent events: `hello` with a name of the
 * connection, then `change`. What changed the page asks for itself. Nothing is heard of a repo that
 * may not be seen.
 */
export class Live {
  readonly #store: Pick<Store, 'onNews' | 'getRepo'>;
  readonly #log: Log;
  readonly #random: (bytes: number) => Uint8Array;
  readonly #listeners = new Map<string, Listener>();
  readonly #changed = new Set<string>();
  #stopListening: (() => void) | null = null;
  #heartbeat: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    store: Pick<Store, 'onNews' | 'getRepo'>,
    log: Log,
    random: (bytes: number) => Uint8Array,
  ) {
    this.#store = store;
    this.#log = log;
    this.#random = random;
  }

  /** Throws `busy` beyond so many listeners, `draining` once closed. */
  open(listening: Listening): PassThrough {
    if (this.#isClosed) throw new AppError('draining', 'shutting down', { retryAfter: 5 });
    if (this.#listeners.size >= limits.liveListeners.value) {
      throw new AppError('busy', 'too many pages are open', { retryAfter: 60 });
    }
    const stream = new PassThrough();
    const id = Buffer.from(this.#random(16)).toString('hex');
    this.#listeners.set(id, { ...listening, stream });
    stream.once('close', () => this.#gone(id));
    stream.write(`event: hello\ndata: ${id}\n\n`);
    this.#stopListening ??= this.#store.onNews(({ repo }) => this.#hear(repo));
    this.#heartbeat ??= setInterval(() => void this.#beat(), heartbeatMs).unref();
    return stream;
  }

  /** Whether a page is held open by the connection of this name. */
  holds(id: string | undefined, path: string): boolean {
    const held = id === undefined ? undefined : this.#listeners.get(id);
    return held !== undefined && (path === held.path || path.startsWith(`${held.path}/-/`));
  }

  /** Ends all connections; a page that has one open works on without. */
  close(): void {
    this.#isClosed = true;
    for (const { stream } of this.#listeners.values()) stream.end();
    this.#rest();
  }

  #gone(id: string): void {
    this.#listeners.delete(id);
    if (this.#listeners.size === 0) this.#rest();
  }

  #rest(): void {
    this.#stopListening?.();
    this.#stopListening = null;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#gathering);
    this.#heartbeat = undefined;
    this.#gathering = undefined;
    this.#changed.clear();
  }

  #hear(repo: string): void {
    this.#changed.add(repo);
    this.#gathering ??= setTimeout(() => void this.#tell(), gatherMs);
  }

  async #tell(): Promise<void> {
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#gathering = undefined;
    const places = new Map<string, Promise<Place | null>>();
    const placeOf = (slug: string) => {
      const known = places.get(slug) ?? this.#store.getRepo(slug, 0);
      places.set(slug, known);
      return known;
    };
    await this.#each(async (listener) => {
      const concerned = changed.filter((slug) => (listener.slug ?? slug) === slug);
      if (concerned.length === 0) return;
      const principal = await listener.principal();
      for (const slug of concerned) {
        const place = await placeOf(slug);
        if (place === null || authorize(principal, 'page', place) !== 'yes') continue;
        send(listener, 'event: change\ndata: .\n\n');
        return;
      }
    });
  }

  /** Who may not see the page any more is let go. */
  async #beat(): Promise<void> {
    await this.#each(async (listener) => {
      const { slug } = listener;
      const place = slug === null ? undefined : await this.#store.getRepo(slug, 0);
      const isThere = place !== null;
      const mayStay = isThere && authorize(await listener.principal(), 'page', place) === 'yes';
      if (mayStay) send(listener, ':\n\n');
      else listener.stream.end();
    });
  }

  /** One that cannot be served ends; its page connects anew. */
  async #each(serve: (listener: Listener) => Promise<void>): Promise<void> {
    await Promise.all(
      [...this.#listeners.values()].map((listener) =>
        serve(listener).catch((error: Error) => {
          this.#log.warn('listener_dropped', { cause: error.message });
          listener.stream.destroy();
        }),
      ),
    );
  }
}

function send({ stream }: Listener, text: string): void {
  if (stream.writableLength > mostUnread) stream.destroy();
  else if (stream.writable) stream.write(text);
}
