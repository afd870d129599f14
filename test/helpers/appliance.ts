import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, type AppOptions, openApp } from '../../src/app.ts';
import { readConfig, type Setting } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { type Signed, signIn } from './sign-in.ts';

export type Appliance = {
  url: string;
  /** the first key: ingest and read, every repo */
  key: string;
  folder: string;
  app: App;
  store: App['store'];
  /** posts a body (an object is sent as JSON) to /api/v1/test-runs */
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** GET with the key */
  get(path: string): Promise<Response>;
  /** the `Cookie` header of somebody who has signed in; an admin of the first workspace unless told */
  signIn(who?: Partial<Signed>): Promise<string>;
  /** stops it; the folder goes too unless `keep` */
  close(keep?: boolean): Promise<void>;
};

type Options = {
  settings?: Partial<Record<Setting, string>>;
  folder?: string;
  /** of an appliance that was opened on this folder before */
  key?: string;
  app?: Partial<AppOptions>;
};

/** A real appliance in this process: temp folder, free port, no rate limit, no log. */
export async function openAppliance(options: Options = {}): Promise<Appliance> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'qualitypilot-'));
  const config = readConfig(
    { port: '0', data: folder, rateLimit: 'off', ...options.settings },
    {},
    folder,
  );
  const onFailure = (cause: unknown) => {
    throw cause;
  };
  const app = await openApp({ config, log: silentLog, onFailure, ...options.app });
  const key = options.key ?? app.firstStart?.apiKey ?? '';
  return {
    url: app.url,
    key,
    folder,
    app,
    store: app.store,
    post: (body, headers = {}) =>
      fetch(`${app.url}/api/v1/test-runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
        body:
          typeof body === 'string' || body instanceof Uint8Array
            ? (body as string)
            : JSON.stringify(body),
      }),
    get: (path) => fetch(app.url + path, { headers: { 'x-api-key': key } }),
    signIn: (who = {}) => signIn(app.store, who),
    close: async (keep = false) => {
      await app.close();
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}
