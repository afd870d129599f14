import { parseArgs } from 'node:util';
import { flagName, readConfig, type Setting, settings } from '../config.ts';
import { ExitError, exitCode } from '../errors.ts';

type Options = Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>;

/** Arguments of a verb. A wrong one ends with exit 2 and a line that names it. */
export function readFlags(args: string[], options: Options, positionals = 0) {
  try {
    const parsed = parseArgs({ args, options, allowPositionals: positionals > 0 });
    if (parsed.positionals.length > positionals) {
      throw new Error(`Unexpected argument '${parsed.positionals[positionals]}'`);
    }
    return parsed;
  } catch (cause) {
    const text = (cause as Error).message.split(/\. (?:To specify|Did you)/)[0]!.replace(/\.$/, '');
    throw new ExitError(exitCode.usage, `${text}; see --help.`, cause);
  }
}

/** The flags of the configuration, as `readConfig` takes them. */
export function readSettings(
  args: string[],
  which: readonly Setting[] = settings,
): Partial<Record<Setting, string>> {
  const options = Object.fromEntries(
    which.map((name) => [flagName(name), { type: 'string' as const }]),
  );
  const { values } = readFlags(args, options);
  const given = which.flatMap((name) => {
    const value = values[flagName(name)];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** The data folder that `--data` names, else the configuration. */
export const folderOf = (flag: unknown): string =>
  readConfig(typeof flag === 'string' ? { data: flag } : {}, process.env).data;
