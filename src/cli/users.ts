import { systemClock } from '../clock.ts';
import { control } from '../control/client.ts';
import { ExitError, exitCode } from '../errors.ts';
import type { UserFacts } from '../store/accounts/users.ts';
import { folderOf, readFlags } from './flags.ts';
import { printLink } from './links.ts';
import type { Verb } from './verbs.ts';

const usersHelp = `Usage: qualitypilot users invite [--role ROLE] [--note TEXT] [--workspace ID] [--data FOLDER]
       qualitypilot users list [--json] [--data FOLDER]
       qualitypilot users reset LOGIN [--data FOLDER]
       qualitypilot users remove LOGIN [--data FOLDER]

Works while the appliance runs and while it does not. "invite" prints a link that makes one account
(7 days), "reset" one that sets a new password (1 day). "remove" ends an account and its sessions.

  --role ROLE      viewer, member or admin (member)
  --note TEXT      for whom, shown in the list of open invitations
  --workspace ID   of another workspace than the first (see workspaces list)
  --data FOLDER    the appliance's folder (./data)
`;

export const users: Verb = {
  name: 'users',
  about: 'invite, list and remove people, reset a password',
  help: usersHelp,
  run: async ([action, ...args]) => {
    const act = actions[action ?? ''];
    if (act === undefined) {
      throw new ExitError(exitCode.usage, 'say invite, list, reset or remove; see users --help.');
    }
    await act(args);
  },
};

const data = { data: { type: 'string' } } as const;

const ask = <T>(folder: unknown, verb: string, args: object): Promise<T> =>
  control<T>(folderOf(folder), systemClock, verb, args);

const actions: Record<string, (args: string[]) => Promise<void>> = {
  invite: async (args) => {
    const text = { type: 'string' } as const;
    const { values } = readFlags(args, { role: text, note: text, workspace: text, ...data });
    const { role, note, workspace } = values;
    const workspaceId = workspace === undefined ? undefined : Number(workspace);
    await printLink(values.data, 'users.invite', { role, note, workspaceId });
  },
  list: async (args) => {
    const { values } = readFlags(args, { json: { type: 'boolean' }, ...data });
    const list = await ask<UserFacts[]>(values.data, 'users.list', {});
    process.stdout.write(values.json ? `${JSON.stringify(list)}\n` : list.map(line).join(''));
  },
  reset: async (args) => {
    const { values, positionals } = readFlags(args, data, 1);
    await printLink(values.data, 'users.reset', { login: loginIn(positionals) });
  },
  remove: async (args) => {
    const { values, positionals } = readFlags(args, data, 1);
    const login = loginIn(positionals);
    await ask(values.data, 'users.remove', { login });
    process.stdout.write(`${login} is removed\n`);
  },
};

function loginIn([login]: string[]): string {
  if (login !== undefined) return login;
  throw new ExitError(exitCode.usage, 'say the user name; see users list.');
}

function line({ login, name, isInstanceAdmin, memberships, signedInAtMs }: UserFacts): string {
  const where = memberships.map(({ workspaceId, role }) => `${workspaceId}:${role}`).join(' ');
  const rank = isInstanceAdmin ? 'administrator' : where || 'no workspace';
  const last =
    signedInAtMs === null
      ? 'never signed in'
      : `signed in ${new Date(signedInAtMs).toISOString().slice(0, 10)}`;
  return `${login}\t${name}\t${rank}\t${last}\n`;
}
