import { flakiness, twoState } from './analytics-params.ts';
import { fillGood, smooth } from './smoother.ts';
import { readChain } from './state-links.ts';
import {
  bounded,
  brokenAtStart,
  brokenRatio,
  type GoodEvidence,
  goodInPull,
  goodRate,
  intactOver,
  isHeld,
  priorFailing,
  priorPassing,
  unrepairedOver,
} from './state-model.ts';
import type { Units } from './units.ts';

export { type GoodEvidence, goodRate } from './state-model.ts';

/**
 * A test is in one of two states: good, where an attempt fails at the test's own flake rate, and
 * broken, where it fails almost always. A hidden Markov chain over the units of the default branch
 * tells the two apart; failures in the good state are what the flake rate is estimated from.
 *
 * Two passes over the units, both functions of the units alone:
 *   the filter   judges each unit by what came before it, and raises alerts;
 *   the batch    judges each unit by all others too (forward-backward, 4 rounds), and yields rates.
 * A pull request in which a test fails that never passed before teaches the filter nothing: else
 * failing would be its usual rate before it is merged, and no news after (decision 25).
 * In units without any failure P(broken) is 0 by definition, so that nothing need be computed.
 */

/** The filter after some unit. */
export type FilterState = GoodEvidence & {
  /** P(broken) in [0, 1] */
  broken: number;
  /** units of the default branch seen */
  seen: number;
};

/**
 * P(break) per commit at one where `failing` tests went from passing to all-failing while `expected`
 * would have by flaking, give or take what such a count varies by (decision 23): many at once are
 * seldom an accident. `commit-start.ts` counts both, of tests
 * that failed before within their units; others add nothing to `expected`, so that tests that always
 * pass do not change what is said of those that fail.
 */
export const breakageAt = (failing: number, expected: number): number =>
  Math.min(
    twoState.maxBreakage,
    twoState.breakage * (1 + twoState.coFailureGain * beyond(failing, expected)),
  );

/** Failing tests beyond one and beyond what flaking brings by chance: a count of mean E has deviation √E. */
const beyond = (failing: number, expected: number): number =>
  Math.max(0, failing - 1 - expected - 2 * Math.sqrt(expected));

/** The same for the commit of a pull request, by all tests that only failed there. */
export function pullBreakageAt(failing: number, expected: number): number {
  const { breakage, coFailureGain, maxBreakage } = twoState.pull;
  return Math.min(maxBreakage, breakage * (1 + coFailureGain * beyond(failing, expected)));
}

export const newFilter = (isWhole: boolean): FilterState => ({
  broken: brokenAtStart(isWhole),
  failing: 0,
  passing: 0,
  seen: 0,
});

/**
 * The filter after the first `count` units; `rateBefore` and `brokenAfter` of each are filled. At most
 * 256 steps, of some 12 ns.
 */
export function filterUnits(units: Units, count = units.count): FilterState {
  const state = newFilter(units.isWhole);
  advance(state, units, 0, count);
  return state;
}

/** Takes in unit `i`, the next one. O(1), no allocation. */
export const advanceFilter = (state: FilterState, units: Units, i: number): void =>
  advance(state, units, i, i + 1);

function advance(state: FilterState, units: Units, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    i = passCalmly(state, units, i, to);
    if (i < to) takeIn(state, units, i);
  }
}

const { minRate, maxRate } = flakiness;
const usual = twoState.breakage;
const passOfBroken = 1 - twoState.brokenFailure;
const unrepaired = unrepairedOver(1);
const intact = intactOver(usual, 1);

/**
 * `takeIn` for the next units, as long as each passed once at the next commit: by far the most. Both
 * states are weighed with the factors that they share left out, so one division does. The first unit
 * that is not of that kind, or `to`.
 */
function passCalmly(state: FilterState, units: Units, from: number, to: number): number {
  const { failing, passing, gap, breakage, keep, isPull, rateBefore, brokenAfter } = units;
  let i = from;
  if (isHeld(units.isWhole, state.seen)) return i;
  let { broken, failing: failed, passing: passed } = state;
  for (; i < to; i++) {
    if (failing[i] !== 0 || passing[i] !== 1 || gap[i]! > 1) break;
    if (breakage[i] !== usual || isPull[i] === 1) break;
    const mayPass = priorPassing + passed;
    const mayBoth = priorFailing + failed + mayPass;
    if (mayPass > (1 - minRate) * mayBoth || mayPass < (1 - maxRate) * mayBoth) break;
    const before = 1 - intact + broken * (intact + unrepaired - 1);
    const ofBroken = before * passOfBroken * mayBoth;
    const ofGood = (1 - before) * mayPass;
    const scale = 1 / (ofBroken + ofGood);
    broken = ofBroken * scale;
    rateBefore[i] = (priorFailing + failed) / mayBoth;
    brokenAfter[i] = broken;
    failed *= keep[i]!;
    passed = passed * keep[i]! + ofGood * scale;
  }
  state.seen += i - from;
  state.broken = broken;
  state.failing = failed;
  state.passing = passed;
  return i;
}

function takeIn(state: FilterState, units: Units, i: number): void {
  const failing = units.failing[i]!;
  const passing = units.passing[i]!;
  const rate = goodRate(state);
  const ratio = brokenRatio(rate, failing, passing);
  let good = 1;
  if (units.isPull[i] === 0) good = moveOn(state, units, i, ratio);
  else if (failing > 0) {
    const mayTeach = state.passing + passing > 0;
    good = mayTeach ? goodInPull(goodBase(state), units.breakage[i]!, ratio) : 0;
  }
  state.failing = state.failing * units.keep[i]! + good * failing;
  state.passing = state.passing * units.keep[i]! + good * passing;
  units.rateBefore[i] = rate;
  units.brokenAfter[i] = state.broken;
}

/** P(good) of what a pull request builds on, as far as anything is known of it. */
const goodBase = ({ broken, seen }: FilterState): number => (seen === 0 ? 1 : 1 - broken);

/** The state at a unit of the default branch, whose attempts speak `ratio` for broken; P(good). */
function moveOn(state: FilterState, units: Units, i: number, ratio: number): number {
  const wasBroken = state.broken;
  const wasGood = 1 - wasBroken;
  let before = wasBroken / wasGood;
  if (!isHeld(units.isWhole, state.seen++)) {
    const stays = unrepairedOver(units.gap[i]!);
    const holds = intactOver(units.breakage[i]!, units.gap[i]!);
    const good = wasBroken * (1 - stays) + wasGood * holds;
    before = (wasBroken * stays + wasGood * (1 - holds)) / good;
  }
  const odds = bounded(bounded(before) * ratio);
  state.broken = odds / (1 + odds);
  return 1 / (1 + odds);
}

/** What a variant's units say, in one look. */
export type WeighedUnits = {
  /** the filter at the newest unit */
  head: FilterState;
  evidence: GoodEvidence;
  /** what `evidence` was at the last failure; null where that is the newest unit */
  atFailure: GoodEvidence | null;
};

/**
 * The filter and the batch over all units, and the batch over those up to the last failure, which is
 * unit `since - 1`. P(good) of each unit by all of them into `good`. One filter, two batches.
 */
export function weighUnits(units: Units, good: Float64Array, since: number): WeighedUnits {
  const head = newFilter(units.isWhole);
  advance(head, units, 0, since);
  const { failing, passing } = head;
  advance(head, units, since, units.count);
  const chain = readChain(units, since, units.count);
  const isNewest = since === units.count;
  const atFailure = isNewest ? null : smooth(chain, { failing, passing }, false);
  const evidence = smooth(chain, head, true);
  fillGood(chain, good);
  return { head, evidence, atFailure };
}

/**
 * The batch over the first `count` units: the evidence of the good state, and P(good) of each unit
 * into `good`. Starts at the rate that the filter found and repeats "rate, states, evidence" 4 times;
 * `smoother.ts` does it. Throws a RangeError above 256 units. O(1) per unit without a failure.
 */
export function goodEvidence(units: Units, good: Float64Array, count = units.count): GoodEvidence {
  if (units.isClean(count)) {
    good.fill(1, 0, count);
    return cleanEvidence(units, count);
  }
  const chain = readChain(units, count, count);
  const evidence = smooth(chain, filterUnits(units, count), true);
  fillGood(chain, good);
  return evidence;
}

/** All passes, each decayed to the time of the last unit. */
function cleanEvidence({ keep, passing: passes }: Units, count: number): GoodEvidence {
  let passing = 0;
  for (let i = 0; i < count; i++) passing = passing * keep[i]! + passes[i]!;
  return { failing: 0, passing };
}
