import { type App, type AppOptions, openApp } from '../app.ts';
import { systemClock } from '../clock.ts';
import { type Config, readConfig } from '../config.ts';
import { exitCode } from '../errors.ts';
import { openLog } from '../log.ts';
import type { FirstStart } from '../store/keys.ts';
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

/** Opens the appliance and ends it cleanly on SIGTERM and SIGINT. */
export async function start(
  config: Config,
  options: Partial<AppOptions> = {},
): Promise<{ app: App }> {
  const log = openLog((line) => process.stderr.write(line), systemClock.now, config.logLevel);
  const onFailure = (cause: unknown) => {
    log.error('store_died', {
      cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    });
    process.exit(exitCode.io);
  };
  const app = await openApp({ config, log, onFailure, ...options });
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    log.info('stopping');
    app.close().then(
      () => process.exit(exitCode.ok),
      (error: unknown) => {
        log.error('stop_failed', { cause: String(error) });
        process.exit(exitCode.failure);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, onFailure);
  }
  return { app };
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

Post a first run, then open ${url}

${curlLine(url, apiKey)}
`;
}

/** A line that works when pasted into a shell. */
export function curlLine(url: string, apiKey: string): string {
  const body =
    '{"repo":"acme/web","framework":"jest","summary":{"total":142,"passed":140,"failed":2}}';
  return `curl ${url}/api/v1/test-runs -H 'Content-Type: application/json' -H 'X-API-Key: ${apiKey}' -d '${body}'`;
}
