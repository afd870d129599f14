import { systemClock } from '../clock.ts';
import { control } from '../control/client.ts';
import { ExitError, exitCode } from '../errors.ts';
import type { KeyFacts } from '../store/keys.ts';
import { folderOf, readFlags } from './flags.ts';
import type { Verb } from './verbs.ts';

const help = `Usage: qualitypilot keys create --name NAME [--repo PATTERN]… [--scope LIST] [--expires DATE] [--workspace ID] [--data FOLDER]
       qualitypilot keys list [--json] [--data FOLDER]
       qualitypilot keys revoke ID [--data FOLDER]

Works while the appliance runs and while it does not. "create" prints only the key.

  --name NAME      what the key is for
  --repo PATTERN   acme/web or acme/*; may be repeated; without it every repo
  --scope LIST     of ingest, read, act, admin (ingest,read)
  --workspace ID   of another workspace than the first (see workspaces list)
  --expires DATE   such as 2027-01-31 or 2027-01-31T12:00:00Z
  --data FOLDER    the appliance's folder (./data)
`;

export const keys: Verb = {
  name: 'keys',
  about: 'create, list and revoke API keys',
  help,
  run: async ([action, ...args]) => {
    const act = actions[action ?? ''];
    if (act === undefined)
      throw new ExitError(exitCode.usage, 'say create, list or revoke; see keys --help.');
    await act(args);
  },
};

const actions: Record<string, (args: string[]) => Promise<void>> = {
  create: async (args) => {
    const { values } = readFlags(args, {
      name: { type: 'string' },
      repo: { type: 'string', multiple: true },
      scope: { type: 'string' },
      expires: { type: 'string' },
      workspace: { type: 'string' },
      data: { type: 'string' },
    });
    if (values.name === undefined)
      throw new ExitError(exitCode.usage, 'say --name; see keys --help.');
    const scopes = values.scope === undefined ? undefined : String(values.scope).split(',');
    const expiresAt = values.expires === undefined ? undefined : readDate(String(values.expires));
    const workspaceId = values.workspace === undefined ? undefined : Number(values.workspace);
    const request = { name: values.name, scopes, repos: values.repo, expiresAt, workspaceId };
    process.stdout.write(
      `${await control<string>(folderOf(values.data), systemClock, 'keys.create', request)}\n`,
    );
  },
  list: async (args) => {
    const { values } = readFlags(args, { json: { type: 'boolean' }, data: { type: 'string' } });
    const list = await control<KeyFacts[]>(folderOf(values.data), systemClock, 'keys.list', {});
    process.stdout.write(values.json ? `${JSON.stringify(list)}\n` : list.map(line).join(''));
  },
  revoke: async (args) => {
    const { values, positionals } = readFlags(args, { data: { type: 'string' } }, 1);
    const id = Number(positionals[0]);
    if (!Number.isSafeInteger(id))
      throw new ExitError(exitCode.usage, 'say the id of the key; see keys list.');
    await control(folderOf(values.data), systemClock, 'keys.revoke', { id });
    process.stdout.write(`key ${id} is revoked\n`);
  },
};

function readDate(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new ExitError(exitCode.usage, '--expires must be a date such as 2027-01-31.');
  return new Date(at).toISOString();
}

function line(key: KeyFacts): string {
  const { id, name, last4, scopes, repos, lastUsedAtMs, revokedAtMs, expiresAtMs } = key;
  const state =
    revokedAtMs !== null ? 'revoked' : expiresAtMs === null ? 'live' : `until ${day(expiresAtMs)}`;
  const used = lastUsedAtMs === null ? 'never used' : `used ${day(lastUsedAtMs)}`;
  const where = repos.length === 0 ? 'all repos' : repos.join(' ');
  return `${id}\t…${last4}\t${name}\t${scopes.join(',')}\t${where}\t${state}\t${used}\n`;
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
