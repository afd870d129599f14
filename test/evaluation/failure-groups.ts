/**
 * How well failures are put together that have one cause: Defects4J's failing tests, where the bug
 * is the cause, mixed into simulated runs. Reads a file given by `--data` (a list of
 * `{ bugId, project, failingTests: [{ className, methodName, error, message }] }`) and prints
 * pairwise precision, recall and F1, mean over the runs, for bugs of even numbers (what was tuned
 * on) and of odd ones (what counts).
 *
 *   node test/evaluation/failure-groups.ts --data FILE [--runs 2000] [--seed 1]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { failureFields } from '../../src/domain/failure-fields.ts';
import { type FailingCase, failureGroups } from '../../src/domain/failure-groups.ts';
import { fingerprint } from '../../src/domain/fingerprint.ts';
import { nearDuplicates, sketch } from '../../src/domain/near-duplicates.ts';
import { UnionFind } from '../../src/domain/union-find.ts';
import { chance } from '../domain/chance.ts';
import { triage } from './anchors/kubernetes-triage.ts';
import { maskedByLuci } from './anchors/luci-masks.ts';

type Bug = { bugId: number; project: string; failingTests: ReportedTest[] };
type ReportedTest = { className: string; error: string; message: string | null };
type Failure = FailingCase & { bug: number };
type Grouping = (failures: Failure[]) => number[][];

const toFailure = (bug: number, { className, error, message }: ReportedTest): Failure => ({
  bug,
  suite: className.trim(),
  message: message === null || message === '' ? error : `${error}: ${message}`,
  stack: null,
});

/** Runs in which two to five bugs of one project failed at once, at least one of them twice. */
function simulatedRuns(bugs: Bug[], count: number, seed: number): Failure[][] {
  const next = chance(seed);
  const byProject = [...Map.groupBy(bugs, (bug) => bug.project).values()];
  const runs: Failure[][] = [];
  while (runs.length < count) {
    const project = byProject[Math.floor(next() * byProject.length)]!;
    const chosen = new Set<Bug>();
    const size = Math.min(project.length, 2 + Math.floor(next() * 4));
    while (chosen.size < size) chosen.add(project[Math.floor(next() * project.length)]!);
    const run = [...chosen].flatMap((bug, i) => bug.failingTests.map((test) => toFailure(i, test)));
    if ([...chosen].some((bug) => bug.failingTests.length > 1)) runs.push(run);
  }
  return runs;
}

function byKey(key: (failure: Failure) => string): Grouping {
  return (failures) => [...Map.groupBy(failures.keys(), (i) => key(failures[i]!)).values()];
}

const exact = byKey(({ message }) => message ?? '');
const masked = byKey(({ message }) => maskedByLuci(message ?? ''));
const kubernetes: Grouping = (failures) => {
  const clusters = triage(failures.map(({ message }) => message ?? ''));
  return [...Map.groupBy(clusters.keys(), (i) => clusters[i]).values()];
};
const suiteOnly = byKey(({ suite }) => suite);
const fingerprints = byKey((failure) => fingerprint(failureFields(failure), failure.suite));

/** Fingerprints with near-duplicates, without the rule of the same suite. */
const messageClusters: Grouping = (failures) => {
  const sets = new UnionFind(failures.length);
  for (const group of fingerprints(failures)) for (const i of group) sets.join(group[0]!, i);
  const sketches = failures.map((failure) => sketch(failureFields(failure)));
  for (const { a, b } of nearDuplicates(sketches)) sets.join(a, b);
  return sets.groups();
};

type Score = { precision: number; recall: number; f1: number };

function scoreOf(failures: Failure[], groups: number[][]): Score {
  const groupOf = new Map(groups.flatMap((group, g) => group.map((i) => [i, g] as const)));
  let [told, right, real] = [0, 0, 0];
  for (let b = 1; b < failures.length; b++) {
    for (let a = 0; a < b; a++) {
      const isTold = groupOf.get(a) === groupOf.get(b);
      const isTrue = failures[a]!.bug === failures[b]!.bug;
      told += Number(isTold);
      real += Number(isTrue);
      right += Number(isTold && isTrue);
    }
  }
  const precision = told === 0 ? 1 : right / told;
  const recall = right / real;
  return {
    precision,
    recall,
    f1: right === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

function mean(scores: Score[]): Score {
  const of = (name: keyof Score): number =>
    scores.reduce((sum, score) => sum + score[name], 0) / scores.length;
  return { precision: of('precision'), recall: of('recall'), f1: of('f1') };
}

const methods: [string, Grouping][] = [
  ['equal message', exact],
  ['equal message, LUCI masks', masked],
  ['Kubernetes triage', kubernetes],
  ['equal suite', suiteOnly],
  ['fingerprint', fingerprints],
  ['fingerprint and near-duplicates', messageClusters],
  ['failure groups', failureGroups],
];

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
});
if (values.data === undefined) throw new Error('Say where the failures are: --data FILE');
const all = JSON.parse(readFileSync(values.data, 'utf8')) as Bug[];
for (const [half, rest] of [
  ['tuned on', 0],
  ['held out', 1],
] as const) {
  const bugs = all.filter(({ bugId }) => bugId % 2 === rest);
  const runs = simulatedRuns(bugs, Number(values.runs), Number(values.seed));
  console.log(`${half}: ${bugs.length} bugs, ${runs.length} runs`);
  for (const [name, group] of methods) {
    const { precision, recall, f1 } = mean(runs.map((run) => scoreOf(run, group(run))));
    const figures = [precision, recall, f1].map((figure) => figure.toFixed(3)).join('  ');
    console.log(`  ${name.padEnd(34)} ${figures}`);
  }
}
