import { evidence, twoState } from './analytics-params.ts';
import { type Chain, columns } from './state-links.ts';
import {
  bounded,
  brokenAtStart,
  brokenRatio,
  type GoodEvidence,
  goodInPull,
  goodRate,
} from './state-model.ts';
import type { Units } from './units.ts';

/**
 * Forward-backward over the links of a chain. Both ways carry the weights of the two states, to a
 * common factor that does not matter, so that a step needs no division.
 */

/** below this sum of weights both are raised, long before they vanish */
const lowest = 1e-100;
/** as `bounded`; the other bound is never reached by a state that may end */
const leastOdds = Math.exp(-twoState.maxLogit);
/** a larger odds ratio takes any odds from one bound to the other */
const mostRatio = Math.exp(2 * twoState.maxLogit);

const { kind, unrepaired, intact, failing, passing, kindFailing, kindPassing } = columns;
const { weight, linkOf, pullUnits, pullBases, heldKinds } = columns;

const numbers = () => new Float64Array(evidence.ringUnits + 2);
/** by link: forward weights; once a round is over P(good) stands in the second */
const broken = numbers();
const good = numbers();
/** by kind of unit: how likely it is in either state, the larger being 1 */
const ifBroken = numbers();
const ifGood = numbers();
/** what the later links say of the two states at some link */
const later = numbers();

/**
 * The evidence of the good state, of all units or of those before `since`, after 4 rounds of "rate,
 * states, evidence" that start at the rate of `start`. Some 10 ns per link and round.
 */
export function smooth(chain: Chain, start: GoodEvidence, toEnd: boolean): GoodEvidence {
  let found = start;
  for (let round = 0; round < twoState.iterations; round++) {
    const rate = goodRate(found);
    weighKinds(chain.kinds, rate);
    forward(chain, toEnd ? chain.links : chain.linksBefore);
    found = backward(chain, toEnd);
  }
  return found;
}

function weighKinds(kinds: number, rate: number): void {
  for (let k = 0; k < kinds; k++) {
    const ratio = brokenRatio(rate, kindFailing[k]!, kindPassing[k]!);
    ifBroken[k] = ratio < 1 ? Math.max(1 / mostRatio, ratio) : 1;
    ifGood[k] = ratio < 1 ? 1 : Math.max(1 / mostRatio, 1 / ratio);
  }
}

/** Odds of broken before the first link that may move. */
function oddsAtStart({ units, held }: Chain, links: number): number {
  const before = brokenAtStart(units.isWhole);
  let odds = before / (1 - before);
  for (let j = 0; j < held && j < links; j++) {
    const k = heldKinds[j]!;
    odds = bounded(odds * (ifBroken[k]! / ifGood[k]!));
  }
  return odds;
}

function forward(chain: Chain, links: number): void {
  let b = oddsAtStart(chain, links);
  let g = 1;
  for (let j = 0; j < links; j++) {
    const stays = unrepaired[j]!;
    const holds = intact[j]!;
    const k = kind[j]!;
    const next = (b * stays + g * (1 - holds)) * ifBroken[k]!;
    g = (b * (1 - stays) + g * holds) * ifGood[k]!;
    b = Math.max(next, g * leastOdds);
    if (b + g < lowest) {
      b /= lowest;
      g /= lowest;
    }
    broken[j] = b;
    good[j] = g;
  }
}

function backward(chain: Chain, toEnd: boolean): GoodEvidence {
  later[0] = 1;
  later[1] = 1;
  const { links, linksBefore, tailKeep } = chain;
  const after = { failing: 0, passing: chain.calmAfter };
  if (toEnd) addUp(linksBefore, links, after);
  const before = { failing: 0, passing: chain.calmBefore };
  addUp(0, linksBefore, before);
  addPulls(chain, before);
  if (!toEnd) return before;
  return {
    failing: tailKeep * before.failing + after.failing,
    passing: tailKeep * before.passing + after.passing,
  };
}

/** Adds the evidence of a range of links, from the last one back, and leaves their P(good). */
function addUp(from: number, to: number, sum: GoodEvidence): void {
  let b = later[0]!;
  let g = later[1]!;
  let failed = sum.failing;
  let passed = sum.passing;
  for (let j = to - 1; j >= from; j--) {
    const ofGood = good[j]! * g;
    const p = ofGood / (broken[j]! * b + ofGood);
    failed += p * failing[j]!;
    passed += p * passing[j]!;
    good[j] = p;
    const stays = unrepaired[j]!;
    const holds = intact[j]!;
    const k = kind[j]!;
    const fromBroken = ifBroken[k]! * b;
    const fromGood = ifGood[k]! * g;
    b = stays * fromBroken + (1 - stays) * fromGood;
    g = (1 - holds) * fromBroken + holds * fromGood;
    if (b + g < lowest) {
      b /= lowest;
      g /= lowest;
    }
  }
  sum.failing = failed;
  sum.passing = passed;
  later[0] = b;
  later[1] = g;
}

function addPulls({ units, pulls }: Chain, sum: GoodEvidence): void {
  for (let q = 0; q < pulls; q++) {
    const i = pullUnits[q]!;
    const w = weight[i]! * goodAtPull(q, units);
    sum.failing += w * units.failing[i]!;
    sum.passing += w * units.passing[i]!;
  }
}

function goodAtPull(q: number, { breakage }: Units): number {
  const i = pullUnits[q]!;
  const k = linkOf[i]!;
  const base = pullBases[q]!;
  return goodInPull(base < 0 ? 1 : good[base]!, breakage[i]!, ifBroken[k]! / ifGood[k]!);
}

/** P(good) of every unit, as the last call of `smooth` with the whole chain left it. */
export function fillGood({ units, count, pulls }: Chain, into: Float64Array): void {
  const { isPull } = units;
  for (let i = 0; i < count; i++) into[i] = isPull[i] === 0 ? good[linkOf[i]!]! : 1;
  for (let q = 0; q < pulls; q++) into[pullUnits[q]!] = goodAtPull(q, units);
}
