import { systemClock } from '../clock.ts';
import { control } from '../control/client.ts';
import { ExitError, exitCode } from '../errors.ts';
import type { GradeAsOf } from '../store/judge/grade-as-of.ts';
import { folderOf, readFlags } from './flags.ts';
import type { Verb } from './verbs.ts';

const help = `Usage: qualitypilot grade --repo NAME [--as-of TIME] [--json] [--data FOLDER]

Makes the grade of a repo anew from its runs, and shows what it is made of. With --as-of from the
runs received until then: the same runs yield the same digest as the grade that was kept of that day.

  --repo NAME      as posted, such as acme/web
  --as-of TIME     such as 2026-11-24T23:59:59Z
  --json           everything, for a machine
  --data FOLDER    the appliance's folder (./data)
`;

export const grade: Verb = {
  name: 'grade',
  about: 'make the grade of a repo anew, now or as of a time',
  help,
  run: async (args) => {
    const { values } = readFlags(args, {
      repo: { type: 'string' },
      'as-of': { type: 'string' },
      json: { type: 'boolean' },
      data: { type: 'string' },
    });
    if (values.repo === undefined) {
      throw new ExitError(exitCode.usage, 'say --repo; see grade --help.');
    }
    const request = { repo: values.repo, asOf: values['as-of'] ?? null };
    const folder = folderOf(values.data);
    const graded = await control<GradeAsOf>(folder, systemClock, 'judgements.grade', request);
    process.stdout.write(values.json ? `${JSON.stringify(graded)}\n` : told(graded));
  },
};

function told({ repo, grade: made, inputs, gradedRuns, uploads, ...rest }: GradeAsOf): string {
  const head =
    made === null
      ? `${repo}  -  not enough data: 5 runs of the default branch over 24 hours are needed`
      : `${repo}  ${made.letter}  ${made.score} (${made.interval.low} to ${made.interval.high})`;
  const demerits = Object.entries(made?.demerits ?? {}).map(
    ([name, points]) =>
      `  ${points.toFixed(1).padStart(5)} off for ${names[name as keyof typeof inputs]}: ${figure(inputs[name as keyof typeof inputs])}`,
  );
  const foot = `from ${gradedRuns} runs of the default branch, ${uploads} uploads in all; formulas ${rest.formulaVersion}, digest ${rest.inputHash}`;
  return `${[head, ...demerits, foot].join('\n')}\n`;
}

const names: Record<keyof GradeAsOf['inputs'], string> = {
  standing: 'tests that fail for good',
  redRuns: 'red runs',
  severity: 'failing cases',
  skipped: 'skipped cases',
  slowdown: 'slower runs',
};

const figure = (value: number): string => String(Math.round(value * 10_000) / 10_000);
