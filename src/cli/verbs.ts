import { ExitError, exitCode } from '../errors.ts';
import { demo } from './demo.ts';
import { grade } from './grade.ts';
import { keys } from './keys.ts';
import { rebuild } from './rebuild.ts';
import { serve } from './serve.ts';
import { setupLink } from './setup-link.ts';
import { users } from './users.ts';
import { versionVerb } from './version.ts';
import { workspaces } from './workspaces.ts';

/** One verb = one file. `run` resolves when the verb is done; `serve` when the appliance listens. */
export type Verb = {
  name: string;
  about: string;
  help: string;
  run(args: string[]): Promise<void>;
};

const verbs: Verb[] = [
  serve,
  demo,
  keys,
  users,
  setupLink,
  workspaces,
  grade,
  rebuild,
  versionVerb,
];

const help: Verb = {
  name: 'help',
  about: 'this list',
  help: '',
  run: async () => {
    const lines = [...verbs, help].map(({ name, about }) => `  ${name.padEnd(12)}${about}`);
    process.stdout.write(
      `QualityPilot keeps, grades and explains the test runs of your CI.\n\nUsage: qualitypilot [verb] [options]\n\n${lines.join('\n')}\n\nEvery verb has --help. Without a verb it serves.\n`,
    );
  },
};

/** The verb that the arguments name, `serve` when they name none. Throws a usage error. */
export function findVerb(argv: string[]): { verb: Verb; args: string[] } {
  const [first, ...rest] = argv;
  if (first === '--help' || first === '-h' || first === 'help') return { verb: help, args: [] };
  if (first === '--version' || first === '-v') return { verb: versionVerb, args: [] };
  if (first === undefined || first.startsWith('-')) return { verb: serve, args: argv };
  const verb = verbs.find(({ name }) => name === first) ?? unknown(first);
  return { verb: rest.includes('--help') || rest.includes('-h') ? helpOf(verb) : verb, args: rest };
}

const helpOf = (verb: Verb): Verb => ({
  ...verb,
  run: async () => {
    process.stdout.write(verb.help);
  },
});

const unknown = (name: string): Verb => ({
  name,
  about: '',
  help: '',
  run: () =>
    Promise.reject(
      new ExitError(
        exitCode.usage,
        `there is no verb ${JSON.stringify(name)}; see qualitypilot --help.`,
      ),
    ),
});
