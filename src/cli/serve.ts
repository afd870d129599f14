import { type App, type AppOptions, openApp } from '../app.ts';
import { systemClock } from '../clock.ts';
import { type Config, readConfig } from '../config.ts';
import { type ExitError, exitCode } from '../errors.ts';
import { openLog } from '../log.ts';
import type { FirstStart } from '../store/accounts/setup.ts';
import { version } from '../version.ts';
import { readSettings } from './flags.ts';
import type { Verb } from './verbs.ts';

export const serve: Verb = {
  name: 'serve',
  about: 'run the appliance (default)',
  help: `Usage: qualitypilot [serve] [options]

  --host ADDRESS          listen on (127.0.0.1)
  --port PORT             listen on (8080)
  --data FOLDER           everything it keeps (./data)
  --base-url URL          where people reach it, for links
  --trusted-proxies LIST  addresses or networks whose X-Forwarded-For is believed
  --rate-limit N/SECONDSs requests per key and window (60/60s), or off
  --log-level LEVEL       debug, info, warn or error (info)

Each option is also an environment variable (QUALITYPILOT_BASE_URL) and a key of
qualitypilot.json in the current folder (baseUrl). First the option counts, then the
environment, then the file.
`,
  run: async (args) => {
    const config = readConfig(readSettings(args), process.env);
    const { app } = await start(config);
    process.stdout.write(banner(app, config));
  },
};

/** The 500s of what was under way leave within this. */
const lastWordsMs = 500;
/** A stop that takes longer is none. */
const hardStopMs = 30_000;

/**
 * Opens the appliance and ends it cleanly on SIGTERM and SIGINT; a second one ends it at once. SIGHUP
 * is ignored, so that it outlives the terminal it was started from.
 */
export async function start(
  config: Config,
  options: Partial<AppOptions> = {},
): Promise<{ app: App }> {
  const log = openLog((line) => process.stderr.write(line), systemClock.now, config.logLevel);
  let app: App | undefined;
  const onFailure = (exit: ExitError) => {
    log.error('store_failed', { cause: exit.message });
    process.stderr.write(`qualitypilot: ${exit.message}\n`);
    setTimeout(() => end(app, exit.code), lastWordsMs);
  };
  const opened = await openApp({ config, log, onFailure, ...options });
  app = opened;
  let isStopping = false;
  const stop = () => {
    if (isStopping) {
      log.warn('stopped_at_once');
      end(app, exitCode.failure);
      return;
    }
    isStopping = true;
    log.info('stopping');
    setTimeout(() => {
      log.error('stop_took_too_long');
      end(app, exitCode.failure);
    }, hardStopMs).unref();
    opened.close().then(
      () => end(app, exitCode.ok),
      (error: unknown) => {
        log.error('stop_failed', { cause: String(error) });
        end(app, exitCode.failure);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => log.info('hangup_ignored'));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (cause: unknown) => {
      const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      log.error('crashed', { event, cause: text });
      process.exit(exitCode.failure);
    });
  }
  return { app: opened };
}

/** Leaving waits for every thread, and a check of the file cannot be interrupted: then only a kill ends it. */
function end(app: App | undefined, code: number): void {
  if (app?.store.isChecking) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

export function banner({ url, firstStart }: App, { data }: Config): string {
  const ready = `QualityPilot ${version} is ready at ${url} (data in ${data})\n`;
  return firstStart === null ? ready : ready + firstWords(url, firstStart);
}

function firstWords(url: string, { setupToken, apiKey }: FirstStart): string {
  return `
Shown only this once:

  Set-up link  ${url}/setup?token=${setupToken}
  API key      ${apiKey}

Open the link to make your account, then post a first run:

${curlLine(url, apiKey)}
`;
}

/** A line that works when pasted into a shell. */
export function curlLine(url: string, apiKey: string, repo = 'acme/web'): string {
  const body = `{"repo":"${repo}","framework":"jest","summary":{"total":142,"passed":140,"failed":2}}`;
  return `curl ${url}/api/v1/test-runs -H 'Content-Type: application/json' -H 'X-API-Key: ${apiKey}' -d '${body}'`;
}
