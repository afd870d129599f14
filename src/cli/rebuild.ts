import type { Rebuilt } from '../actions/judgements.ts';
import { systemClock } from '../clock.ts';
import { control } from '../control/client.ts';
import { folderOf, readFlags } from './flags.ts';
import type { Verb } from './verbs.ts';

const help = `Usage: qualitypilot rebuild [--repo NAME] [--json] [--data FOLDER]

Deletes what was judged (grades, flakiness, incidents, clusters) and judges all runs anew. Runs are
facts and are not touched. Works while the appliance runs: runs are taken meanwhile. Prints a digest:
two rebuilds of the same runs print the same.

  --repo NAME      only this repo
  --json           the digest of each table
  --data FOLDER    the appliance's folder (./data)
`;

export const rebuild: Verb = {
  name: 'rebuild',
  about: 'judge all runs anew',
  help,
  run: async (args) => {
    const { values } = readFlags(args, {
      repo: { type: 'string' },
      json: { type: 'boolean' },
      data: { type: 'string' },
    });
    const request = { repo: values.repo ?? null };
    const folder = folderOf(values.data);
    const done = await control<Rebuilt>(folder, systemClock, 'judgements.rebuild', request);
    if (values.json) process.stdout.write(`${JSON.stringify(done)}\n`);
    else process.stdout.write(`${done.repos} repos judged anew\n${lines(done.digests)}`);
  },
};

const lines = (digests: Rebuilt['digests']): string =>
  Object.entries(digests)
    .map(([table, digest]) => `  ${digest.slice(0, 16)}  ${table}\n`)
    .join('');
