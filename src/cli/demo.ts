import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authenticator } from '../actions/authenticate.ts';
import type { App } from '../app.ts';
import { systemClock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { type Filled, fillStore } from '../demo/fill.ts';
import { demoDays, demoHistory } from '../demo/history.ts';
import { emptyRepo, repos } from '../demo/repos.ts';
import { exitCode } from '../errors.ts';
import { theOperator } from '../store/accounts/audit.ts';
import { version } from '../version.ts';
import { readSettings } from './flags.ts';
import { curlLine, start } from './serve.ts';
import type { Verb } from './verbs.ts';

export const demo: Verb = {
  name: 'demo',
  about: 'serve a generated history, thrown away at the end',
  help: `Usage: qualitypilot demo [options]

Serves ${demoDays} days of generated history of ${repos.length + 1} repos, which cover every state from steady to empty.
The history enters as posted runs do; its repos are public, so that nobody has to sign in to look.
Its folder is temporary and deleted at the end.

  --host ADDRESS     listen on (127.0.0.1)
  --port PORT        listen on (8080)
  --base-url URL     where people reach it, for links
  --log-level LEVEL  debug, info, warn or error (info)
`,
  run: async (args) => {
    const flags = readSettings(args, ['host', 'port', 'baseUrl', 'logLevel']);
    const settings = readConfig(flags, process.env);
    const { folder, keepTidy } = makeFolder();
    const { app } = await start({ ...settings, data: folder });
    const stopping = keepTidy();
    process.stdout.write(
      `QualityPilot ${version} fills in ${demoDays} days at ${app.url} (data in ${folder}, deleted at the end)\n`,
    );
    const filled = await fill(app, stopping);
    if (!stopping.aborted) process.stdout.write(banner(app, filled));
  },
};

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * A temporary folder that goes when the process ends, also by a failed start or a signal before
 * the appliance listens. `keepTidy`, called once it does, leaves the signals to it and tells of them.
 */
function makeFolder(): { folder: string; keepTidy(): AbortSignal } {
  const quit = () => process.exit(exitCode.ok);
  for (const signal of signals) process.on(signal, quit);
  const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-demo-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const keepTidy = () => {
    const stopping = new AbortController();
    for (const signal of signals) {
      process.off(signal, quit);
      process.on(signal, () => stopping.abort());
    }
    // A closed terminal ends a demo, too.
    process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
    return stopping.signal;
  };
  return { folder, keepTidy };
}

/** A history that does not enter ends the demo: half of it would mislead. */
async function fill(app: App, stopping: AbortSignal): Promise<Filled> {
  const key = app.firstStart!.apiKey;
  try {
    const principal = await new Authenticator(app.store, systemClock).principalOf(key);
    const history = demoHistory(systemClock.now());
    const filled = await fillStore(app.store, principal, history, stopping);
    if (!stopping.aborted) await showToAll(app, principal.workspaceId);
    return filled;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Its repos are public, so that a demo is looked at without signing in. */
async function showToAll({ store }: App, workspaceId: number): Promise<void> {
  for (const { slug } of [...repos, emptyRepo]) {
    await store.accounts.setRepoPublic(workspaceId, slug, true, theOperator, systemClock.now());
  }
}

function banner({ url, firstStart }: App, { uploads, cases }: Filled): string {
  const count = (n: number) => n.toLocaleString('en');
  const list = [...repos, emptyRepo]
    .map(({ slug, about }) => `  ${slug.padEnd(17)}${about}\n`)
    .join('');
  const { apiKey, setupToken } = firstStart!;
  return `QualityPilot ${version} is ready at ${url} (${count(cases)} cases in ${count(uploads)} uploads)

${list}
Its repos are public: look without signing in. To see settings too, make yourself its administrator:

  Set-up link  ${url}/setup?token=${setupToken}
  API key      ${apiKey}

Post a run of your own:

${curlLine(url, apiKey, emptyRepo.slug)}
`;
}
