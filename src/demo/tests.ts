import { Chance } from './chance.ts';
import type { DemoRepo } from './repos.ts';
import { type Style, type Subject, styles } from './styles.ts';

/** One test of a generated repo. */
export type DemoTest = {
  subject: Subject;
  suite: string;
  file: string;
  line: number;
  /** the beginning of its JSON, the same in every run: up to the status */
  opening: string;
  usualMs: number;
  /** number of the change that added it; -1: it was there from the start */
  since: number;
  isSkipped: boolean;
  /** how often it fails without a reason in the code; 0 for most */
  flakeRate: number;
  isBroken: boolean;
  isNeverPassing: boolean;
  isSlower: boolean;
  problem: Style['problems'][number];
};

/** The change that a share of the history names. */
export const changeAt = (repo: DemoRepo, share: number): number => Math.round(share * repo.changes);

/** The tests of a repo in the order in which they run, with what is planted in them. */
export function makeTests(repo: DemoRepo, seed: string): DemoTest[] {
  const chance = new Chance(seed, repo.slug, 'tests');
  const style = styles[repo.framework];
  const { areas, parts } = repo.words;
  const suites = areas.length * parts.length;
  const tests = Array.from({ length: repo.tests }, (_, i) => {
    // Suites of nearly equal size, one after the other.
    const suite = Math.floor((i * suites) / repo.tests);
    const first = Math.ceil((suite * repo.tests) / suites);
    return makeTest(repo, style, suite, i - first, chance);
  });
  plant(repo, tests, chance);
  return tests;
}

function makeTest(
  repo: DemoRepo,
  style: Style,
  suiteNo: number,
  nth: number,
  chance: Chance,
): DemoTest {
  const { areas, parts, actions, conditions } = repo.words;
  // Each turn through the actions shifts the conditions, so that no two tests of a suite are equal.
  const turn = Math.floor(nth / actions.length);
  const subject: Subject = {
    area: areas[Math.floor(suiteNo / parts.length)]!,
    part: parts[suiteNo % parts.length]!,
    action: actions[nth % actions.length]!,
    condition: conditions[(turn + (nth % actions.length) + suiteNo) % conditions.length]!,
  };
  const [low, high] = style.usualMs;
  const suite = style.suite(subject);
  const file = style.file(subject);
  const line = 12 + nth * 14;
  const known = { suite, name: style.name(subject), file };
  return {
    subject,
    suite,
    file,
    line,
    opening: `${JSON.stringify(known).slice(0, -1)},"status":"`,
    // Squared: most tests are short, a few are long.
    usualMs: low + (high - low) * chance.next() ** 2,
    since: chance.hits(repo.added) ? chance.whole(1, repo.changes - 1) : -1,
    isSkipped: chance.hits(0.012),
    flakeRate: 0,
    isBroken: false,
    isNeverPassing: false,
    isSlower: subject.area === repo.slower?.area,
    problem: chance.pick(style.problems),
  };
}

/** Chooses who is flaky, broken or never passes: tests that run and were there from the start. */
function plant(repo: DemoRepo, tests: DemoTest[], chance: Chance): void {
  const sound = tests.filter(({ isSkipped, since }) => !isSkipped && since === -1);
  const broken = sound.slice(Math.floor(sound.length * 0.4)).slice(0, repo.broken?.tests ?? 0);
  for (const test of broken) {
    test.isBroken = true;
    test.problem = broken[0]!.problem;
  }
  const others = sound.filter(({ isBroken }) => !isBroken);
  repo.flaky.forEach((rate, i) => {
    const spread = Math.floor((others.length * (i + chance.next())) / repo.flaky.length);
    others[spread]!.flakeRate = rate;
  });
  if (repo.neverPassing !== undefined) {
    const late = others.findLast(({ flakeRate }) => flakeRate === 0)!;
    late.isNeverPassing = true;
    late.since = changeAt(repo, repo.neverPassing);
  }
}
