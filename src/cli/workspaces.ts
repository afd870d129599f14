import { systemClock } from '../clock.ts';
import { control } from '../control/client.ts';
import { ExitError, exitCode } from '../errors.ts';
import type { WorkspaceFacts } from '../store/workspaces.ts';
import { folderOf, readFlags } from './flags.ts';
import type { Verb } from './verbs.ts';

const help = `Usage: qualitypilot workspaces list [--json] [--data FOLDER]
       qualitypilot workspaces create --name NAME [--data FOLDER]
       qualitypilot workspaces plan ID free|pro|team [--credits N] [--data FOLDER]

A workspace owns repos and keys. Its plan: "team" and "pro" are unlimited; "free" has monthly
credits (1000), one for each API request and each run posted. "create" prints only the id.

  --name NAME      of the new workspace
  --credits N      per month, on the plan free
  --data FOLDER    the appliance's folder (./data)
`;

export const workspaces: Verb = {
  name: 'workspaces',
  about: 'list and create workspaces, set their plan',
  help,
  run: async ([action, ...args]) => {
    const act = actions[action ?? ''];
    if (act === undefined)
      throw new ExitError(exitCode.usage, 'say list, create or plan; see workspaces --help.');
    await act(args);
  },
};

const data = { data: { type: 'string' } } as const;

const actions: Record<string, (args: string[]) => Promise<void>> = {
  create: async (args) => {
    const { values } = readFlags(args, { name: { type: 'string' }, ...data });
    if (values.name === undefined)
      throw new ExitError(exitCode.usage, 'say --name; see workspaces --help.');
    const request = { name: values.name };
    const id = await control<number>(
      folderOf(values.data),
      systemClock,
      'workspaces.create',
      request,
    );
    process.stdout.write(`${id}\n`);
  },
  list: async (args) => {
    const { values } = readFlags(args, { json: { type: 'boolean' }, ...data });
    const list = await control<WorkspaceFacts[]>(
      folderOf(values.data),
      systemClock,
      'workspaces.list',
      {},
    );
    process.stdout.write(values.json ? `${JSON.stringify(list)}\n` : list.map(line).join(''));
  },
  plan: async (args) => {
    const { values, positionals } = readFlags(args, { credits: { type: 'string' }, ...data }, 2);
    const [id, plan] = positionals;
    if (plan === undefined)
      throw new ExitError(exitCode.usage, 'say the id and the plan; see workspaces --help.');
    const monthlyCredits = values.credits === undefined ? null : Number(values.credits);
    const request = { id: Number(id), plan, monthlyCredits };
    await control(folderOf(values.data), systemClock, 'workspaces.plan', request);
    process.stdout.write(`workspace ${id} is on the plan ${plan}\n`);
  },
};

function line({ id, name, plan, usage }: WorkspaceFacts): string {
  const used = usage.limit === null ? `${usage.used} used` : `${usage.used} of ${usage.limit} used`;
  return `${id}\t${name}\t${plan}\t${used} this month\n`;
}
