import {
  addGradedRun,
  exactScore,
  inputsOf,
  isStanding,
  letterOf,
  newGradeSums,
  severityOf,
  slowdownOf,
} from '../../../src/domain/grade.ts';
import { chance } from '../../domain/chance.ts';
import { type Archetype, archetypes } from '../archetypes.ts';
import { bootstrap, mean, spearman } from '../metrics.ts';
import type { Setting } from '../setting.ts';
import type { Row } from '../table.ts';

const [tests, runs, everyMs, usualMs] = [200, 240, 3 * 3_600_000, 600_000];

type Cases = { failed: Set<number>; flaky: Set<number>; skipped: number };

/** One run; `age` counts back from the newest, which is 1. */
function casesAt(repo: Archetype, age: number, next: () => number): Cases {
  const failed = new Set<number>();
  const flaky = new Set<number>();
  const { flakes, broken, redEvery } = repo;
  for (let test = 0; test < (flakes?.tests ?? 0); test++) {
    if (next() < flakes!.rate) (flakes!.healed === true ? flaky : failed).add(test);
  }
  if (broken !== undefined && age <= broken.from && age > broken.to) {
    for (let i = 0; i < broken.tests; i++) failed.add((100 + i) % tests);
  }
  if (redEvery !== undefined && age % redEvery === Math.floor(redEvery / 2)) failed.add(99);
  return { failed, flaky, skipped: Math.round(tests * (repo.skipped ?? 0)) };
}

/** The score of an archetype, of which chance draws the flakes. */
function scoreOfArchetype(repo: Archetype, next: () => number): number {
  const sums = newGradeSums();
  const durations: number[] = [];
  const passing = Array.from({ length: tests }, () => [1, 1]);
  for (let age = runs; age > 0; age--) {
    const { failed, flaky, skipped } = casesAt(repo, age, next);
    const caseSeverity = failed.size * severityOf.failed + flaky.size * severityOf.flaky;
    addGradedRun(sums, {
      atMs: (runs - age) * everyMs,
      total: tests,
      failed: failed.size,
      flaky: flaky.size,
      skipped,
      executedCases: tests - skipped,
      caseSeverity,
    });
    durations.push(usualMs * (age <= 10 ? 1 + (repo.slower ?? 0) : 1));
    passing.forEach((units, test) => {
      units.push(failed.has(test) ? 0 : 1);
    });
  }
  const standing = passing.filter((units) => isStanding(units)).length;
  return exactScore(inputsOf(sums, standing, slowdownOf([durations])));
}

/** Whether the grade puts repos into the order that people would. */
export function grades({ seeds, firstSeed }: Setting): Row[] {
  const drawn = Array.from({ length: seeds }, (_, i) => {
    const next = chance(firstSeed + i);
    return archetypes.map((repo) => scoreOfArchetype(repo, next));
  });
  const rank = (scores: number[]) =>
    spearman(scores.map((score, place) => [score, -place] as const));
  const scores = archetypes.map(({ name }, place): Row => {
    const value = mean(drawn.map((each) => each[place]!));
    return {
      task: 'grade',
      on: `${place + 1}. ${name}`,
      figure: 'score',
      rule: letterOf(value),
      value: bootstrap(
        drawn.map((each) => each[place]!),
        mean,
      ),
    };
  });
  const agreement: Row = {
    task: 'grade',
    on: 'all, rank correlation with the order',
    figure: 'score',
    rule: 'ours',
    value: bootstrap(drawn, (sets) => mean(sets.map(rank))),
    target: { min: 0.9 },
  };
  return [...scores, agreement];
}
