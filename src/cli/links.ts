import { systemClock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { control } from '../control/client.ts';
import type { ShownLink } from '../control/verbs.ts';
import { folderOf } from './flags.ts';

/** Asks for a link by a control verb and prints it, alone on its line. */
export async function printLink(folder: unknown, verb: string, args: object): Promise<void> {
  const { path, baseUrl } = await control<ShownLink>(folderOf(folder), systemClock, verb, args);
  process.stdout.write(`${baseUrl ?? addressAtRest()}${path}\n`);
}

/** Where an appliance that does not run will be reached, as far as the configuration tells. */
function addressAtRest(): string {
  const { baseUrl, host, port } = readConfig({}, process.env);
  return baseUrl ?? `http://${host}:${port}`;
}
