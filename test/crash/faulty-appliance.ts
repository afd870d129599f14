/**
 * The appliance with faults in its threads, which the program itself does not offer:
 * `FAULTS={"preload":"normal-sync.ts"}`; otherwise like `serve`.
 */

import { readSettings } from '../../src/cli/flags.ts';
import { banner, start } from '../../src/cli/serve.ts';
import { readConfig } from '../../src/config.ts';

const { preload, ...faults } = JSON.parse(process.env.FAULTS ?? '{}') as {
  preload?: string;
  mostDeaths?: number;
};
const config = readConfig(readSettings(process.argv.slice(2)), {});
const execArgv = preload === undefined ? [] : ['--import', new URL(preload, import.meta.url).href];
const { app } = await start(config, { faults: { worker: { execArgv }, ...faults } });
process.stdout.write(banner(app, config));
