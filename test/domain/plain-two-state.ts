import { twoState } from '../../src/domain/analytics-params.ts';
import { type GoodEvidence, goodRate } from '../../src/domain/two-state.ts';
import type { Units } from '../../src/domain/units.ts';

/** The chain by its definition, step by step with nothing left out: slow, and what the rest must equal. */

type Chances = { broken: number; good: number };

const chancesOf = (odds: number): Chances => ({ broken: odds / (1 + odds), good: 1 / (1 + odds) });
const { maxLogit, newTest, brokenFailure, repair, breakage } = twoState;
const cut = (odds: number) => Math.min(Math.exp(maxLogit), Math.max(Math.exp(-maxLogit), odds));

const start = (units: Units): Chances =>
  units.isWhole
    ? { broken: newTest.broken, good: 1 - newTest.broken }
    : { broken: breakage / (breakage + repair), good: repair / (breakage + repair) };

function ratioOf({ failing, passing }: Units, i: number, rate: number): number {
  const ifFailing = (brokenFailure / rate) ** failing[i]!;
  return ifFailing * ((1 - brokenFailure) / (1 - rate)) ** passing[i]!;
}

/** Chances to stay broken and to stay good on the way into unit `i`, the `nth` of its branch. */
function staying({ isWhole, gap, breakage: chance }: Units, i: number, nth: number): Chances {
  if (isWhole && nth < newTest.units) return { broken: 1, good: 1 };
  const commits = Math.max(1, Math.min(twoState.maxGap, gap[i]!));
  return { broken: (1 - repair) ** commits, good: (1 - chance[i]!) ** commits };
}

const moved = (from: Chances, stay: Chances): Chances => ({
  broken: from.broken * stay.broken + from.good * (1 - stay.good),
  good: from.broken * (1 - stay.broken) + from.good * stay.good,
});

const seen = ({ broken, good }: Chances, ratio: number): Chances =>
  chancesOf(cut(cut(broken / good) * ratio));

/** `base`: P(good) of the unit before it on the default branch, 1 where there is none. */
function goodPull(units: Units, i: number, rate: number, base: number): number {
  if (units.failing[i] === 0) return 1;
  const good = Math.max(Math.exp(-maxLogit), base * (1 - units.breakage[i]!));
  return good / (good + (1 - good) * ratioOf(units, i, rate));
}

/** P(good) of each unit by those before it, at one rate for all or at that of the evidence so far. */
export function plainFilter(units: Units, count: number, fixedRate?: number) {
  const evidence: GoodEvidence = { failing: 0, passing: 0 };
  const steps: { stay: Chances; before: Chances; after: Chances; good: number }[] = [];
  let [state, nth] = [start(units), 0];
  for (let i = 0; i < count; i++) {
    const rate = fixedRate ?? goodRate(evidence);
    const isPull = units.isPull[i] === 1;
    const stay = isPull ? { broken: 1, good: 1 } : staying(units, i, nth++);
    const before = moved(state, stay);
    if (!isPull) state = seen(before, ratioOf(units, i, rate));
    const mayTeach = !isPull || evidence.passing + units.passing[i]! > 0;
    const ofPull = mayTeach ? goodPull(units, i, rate, nth === 0 ? 1 : state.good) : 0;
    const good = isPull ? ofPull : state.good;
    steps.push({ stay, before, after: state, good });
    add(evidence, units, i, good);
  }
  return { evidence, steps, broken: state.broken };
}

function add(evidence: GoodEvidence, units: Units, i: number, good: number): void {
  evidence.failing = evidence.failing * units.keep[i]! + good * units.failing[i]!;
  evidence.passing = evidence.passing * units.keep[i]! + good * units.passing[i]!;
}

/** P(good) of each unit by all of them, after Rauch, Tung and Striebel; four rounds. */
export function plainBatch(units: Units, count: number) {
  let good: number[] = Array(count).fill(1);
  if (units.isClean(count)) return { evidence: summed(units, good), good };
  let { evidence } = plainFilter(units, count);
  for (let round = 0; round < twoState.iterations; round++) {
    good = smoothed(units, count, goodRate(evidence));
    evidence = summed(units, good);
  }
  return { evidence, good };
}

function summed(units: Units, good: number[]): GoodEvidence {
  const evidence = { failing: 0, passing: 0 };
  for (const [i, p] of good.entries()) add(evidence, units, i, p);
  return evidence;
}

function smoothed(units: Units, count: number, rate: number): number[] {
  const { steps } = plainFilter(units, count, rate);
  const good = steps.map((step) => step.good);
  let later = steps[count - 1]!.after;
  const first = units.isPull.indexOf(0);
  for (let i = count - 1; i >= 0; i--) {
    const base = first >= 0 && first < i ? later.good : 1;
    good[i] = units.isPull[i] === 0 ? later.good : goodPull(units, i, rate, base);
    if (i === 0) break;
    const { stay, before } = steps[i]!;
    const now = steps[i - 1]!.after;
    const [ofBroken, ofGood] = [later.broken / before.broken, later.good / before.good];
    later = {
      broken: now.broken * (stay.broken * ofBroken + (1 - stay.broken) * ofGood),
      good: now.good * ((1 - stay.good) * ofBroken + stay.good * ofGood),
    };
  }
  return good;
}
