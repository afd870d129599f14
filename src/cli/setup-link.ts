import { readFlags } from './flags.ts';
import { printLink } from './links.ts';
import type { Verb } from './verbs.ts';

export const setupLink: Verb = {
  name: 'setup-link',
  about: 'make a link for a new administrator: the way back in',
  help: `Usage: qualitypilot setup-link [--data FOLDER]

Prints a link that makes an administrator of the appliance, as that of the first start: once,
within 7 days. For when nobody can sign in any more.

  --data FOLDER    the appliance's folder (./data)
`,
  run: async (args) => {
    const { values } = readFlags(args, { data: { type: 'string' } });
    await printLink(values.data, 'setup-link', {});
  },
};
