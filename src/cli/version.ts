import { sqliteVersion } from '../store/sqlite.ts';
import { commit, version } from '../version.ts';
import { readFlags } from './flags.ts';
import type { Verb } from './verbs.ts';

export const versionVerb: Verb = {
  name: 'version',
  about: 'print version, commit, Node and SQLite',
  help: 'Usage: qualitypilot version [--json]\n',
  run: async (args) => {
    const { values } = readFlags(args, { json: { type: 'boolean' } });
    const facts = {
      version,
      commit: commit(),
      node: process.versions.node,
      sqlite: sqliteVersion(),
    };
    const lines = `qualitypilot ${facts.version}\ncommit ${facts.commit}\nnode ${facts.node}\nsqlite ${facts.sqlite}\n`;
    process.stdout.write(values.json ? `${JSON.stringify(facts)}\n` : lines);
  },
};
