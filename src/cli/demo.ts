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
import { version } from '../version.ts';
import { readSettings } from './flags.ts';
import { curlLine, start } from './serve.ts';
import type { Verb } from './verbs.ts';

export const demo: Verb = {
  name: 'demo',
  about: 'serve a generated history, thrown away at the end',
  help: `Usage: qualitypilot demo [options]

Serves ${demoDays} days of generated history of ${repos.length + 1} repos, which cover every state from steady to empty.
The history enters as posted runs do. Its folder is temporary and deleted at the end.

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
    return await fillStore(app.store, principal, demoHistory(systemClock.now()), stopping);
  } catch (error) {
    await app.close();
    throw error;
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
  Set-up link  ${url}/setup?token=${setupToken}
  API key      ${apiKey}

Post a run of your own:

${curlLine(url, apiKey)}
`;
}
