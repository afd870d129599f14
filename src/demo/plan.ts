import { createHash } from 'node:crypto';
import { Chance } from './chance.ts';
import type { DemoRepo } from './repos.ts';

/** One CI run to come: what is tested, on which branch, when. */
export type PlannedRun = {
  branch: string;
  commit: string;
  parents: string[];
  commitTimeMs: number;
  startedAtMs: number;
  /** number of the change: its own on main as on its pull request */
  change: number;
  /** the newest change of main that the tested code contains */
  contains: number;
  pullRequest: { number: number; baseCommit: string } | null;
  /** the pull request's own mistake, mended by its next push */
  hasMistake: boolean;
};

type Step = { share: number; change: number; kind: 'push' | 'merge'; push: number };

/** Pull requests that are still open at the end. */
const openAtEnd = 2;
const mistakeRate = 0.12;
const secondPushRate = 0.15;
/** from the commit to the start of its run */
const queueMs = 38_000;

/**
 * The runs of a repo in order of time: each change is pushed to a pull request once or twice, then
 * merged into main. `at` gives the time of a share of the history.
 */
export function planRuns(
  repo: DemoRepo,
  seed: string,
  at: (share: number) => number,
): PlannedRun[] {
  const chance = new Chance(seed, repo.slug, 'plan');
  const { steps, mistakes, branches } = takeSteps(repo, chance);
  const sha = (what: string) =>
    createHash('sha1').update(`${seed} ${repo.slug} ${what}`).digest('hex');
  const firstNumber = chance.whole(200, 2000);
  const heads = new Map<number, string>();
  let contains = -1;
  return steps.map(({ share, change, kind, push }) => {
    const startedAtMs = at(share);
    const main = sha(`main ${contains}`);
    const head = heads.get(change) ?? main;
    const isMerge = kind === 'merge';
    const commit = sha(isMerge ? `main ${change}` : `change ${change} push ${push}`);
    if (isMerge) contains = change;
    else heads.set(change, commit);
    return {
      branch: isMerge ? 'main' : branches[change]!,
      commit,
      parents: isMerge ? [main, head] : [head],
      commitTimeMs: startedAtMs - queueMs,
      startedAtMs,
      change,
      contains,
      pullRequest: isMerge ? null : { number: firstNumber + change, baseCommit: main },
      hasMistake: !isMerge && push === 1 && mistakes.has(change),
    };
  });
}

function takeSteps(repo: DemoRepo, chance: Chance) {
  const steps: Step[] = [];
  const mistakes = new Set<number>();
  const branches: string[] = [];
  const last = repo.changes + openAtEnd;
  for (let change = 0; change < last; change++) {
    const isMerged = change < repo.changes;
    const merged = isMerged ? (change + chance.between(0.1, 0.9)) / (repo.changes + 1) : 1;
    const lead = chance.between(0.4, 2.5) / repo.changes;
    const pushed = Math.max(merged / 2, merged - lead);
    const hasMistake = chance.hits(mistakeRate) && isMerged && change < repo.changes * 0.95;
    const hasSecond = hasMistake || (chance.hits(secondPushRate) && isMerged);
    if (hasMistake) mistakes.add(change);
    branches.push(branchName(repo, change, chance));
    steps.push({ share: pushed, change, kind: 'push', push: 1 });
    const again = pushed + (merged - pushed) * chance.between(0.3, 0.9);
    if (hasSecond) steps.push({ share: again, change, kind: 'push', push: 2 });
    if (isMerged) steps.push({ share: merged, change, kind: 'merge', push: 0 });
  }
  // The history ends with a run: somebody pushed a short while ago.
  steps.push({ share: 1 - repo.quiet, change: last - 1, kind: 'push', push: 2 });
  return { steps: steps.sort((a, b) => a.share - b.share), mistakes, branches };
}

function branchName({ words }: DemoRepo, change: number, chance: Chance): string {
  const kind = chance.pick(['feature', 'feature', 'fix', 'fix', 'chore']);
  return `${kind}/${chance.pick(words.areas)}-${chance.pick(words.parts)}-${change + 1}`;
}
