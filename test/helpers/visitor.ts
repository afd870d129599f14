import assert from 'node:assert/strict';

export type Page = { status: number; html: string; location: string | null; setCookies: string[] };

/** What a browser keeps between pages: the cookie, and no redirect followed by itself. */
export class Visitor {
  readonly #url: string;
  /** a `Cookie` header; empty: nobody */
  cookie: string;

  constructor(url: string, cookie = '') {
    this.#url = url;
    this.cookie = cookie;
  }

  open(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#ask(path, { headers });
  }

  /** Sends a form as a page of the appliance would; `headers` may say otherwise. */
  send(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const origin = { origin: new URL(this.#url).origin };
    return this.#ask(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { ...origin, ...headers },
    });
  }

  /** Signs in by the form; the cookie is kept. */
  signIn(login: string, password: string): Promise<Page> {
    return this.send('/login', { login, password });
  }

  async #ask(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Page> {
    const cookie: Record<string, string> = this.cookie === '' ? {} : { cookie: this.cookie };
    const answer = await fetch(this.#url + path, {
      redirect: 'manual',
      ...init,
      headers: { accept: 'text/html', ...cookie, ...init.headers },
    });
    const setCookies = answer.headers.getSetCookie();
    for (const one of setCookies) this.#keep(one);
    return {
      status: answer.status,
      html: await answer.text(),
      location: answer.headers.get('location'),
      setCookies,
    };
  }

  #keep(setCookie: string): void {
    const [pair] = setCookie.split(';') as [string];
    this.cookie = /Max-Age=0(?:;|$)/.test(setCookie) ? '' : pair;
  }
}

/** The page is there, or says why not. */
export function shown({ status, html, location }: Page): string {
  assert.equal(status, 200, `${location ?? html.slice(0, 300)}`);
  return html;
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
export const decode = (html: string): string =>
  html.replace(/&(lt|gt|amp|quot|#39);/g, (_, e) => entities[e]!);

/** What a reader sees, blanks as blanks. */
export const textOf = (html: string): string =>
  decode(html.replace(/<[^>]*>/g, ' '))
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
