import { evidence, twoState } from './analytics-params.ts';
import { intactOver, isHeld, unrepairedOver } from './state-model.ts';
import { Units } from './units.ts';

/**
 * The units of a variant as links of a chain, ready for several rounds of `smoother.ts`. A failure
 * moves the probabilities of the units around it. Within a long stretch of equal passing units they
 * come to rest, so the units in the middle of one are folded into a single link.
 */
export type Chain = {
  units: Units;
  /** units taken in */
  count: number;
  /** links of all units, and of those before the unit `since`, which can be judged alone too */
  links: number;
  linksBefore: number;
  /** links at the start that a new test's prior holds still */
  held: number;
  /** units of pull requests that failed */
  pulls: number;
  kinds: number;
  /** weight of unit `since - 1` at the last unit; the weights before it are as of that unit */
  tailKeep: number;
  /** weighed passes of pull requests that did not fail: before `since`, and from there on */
  calmBefore: number;
  calmAfter: number;
};

/**
 * Equal units at either end of a stretch that are not folded. After so many P(broken) is at rest to
 * 1e-9 for a test that nearly always fails, and to 1e-13 for one that fails at less than one half.
 */
const margin = 9;

/** Kinds of unit that are always there: one pass, and what says nothing. */
const onePass = 0;
const nothing = 1;

/** in the place of a likeness */
const ofPull = -1;

const { ringUnits } = evidence;
const numbers = () => new Float64Array(ringUnits + 2);
const indices = () => new Int32Array(ringUnits + 2);

/** One work space for all variants in turn: nothing in it outlives the next `readChain`. */
export const columns = {
  // by unit: weight, equal units after it in its stretch, link; of a pull request's failure its kind
  weight: numbers(),
  alikeAfter: indices(),
  linkOf: indices(),
  // by link: kind, chances to stay broken and to stay good on the way into it, weighed attempts
  kind: indices(),
  unrepaired: numbers(),
  intact: numbers(),
  failing: numbers(),
  passing: numbers(),
  // by kind of unit: its attempts
  kindFailing: numbers(),
  kindPassing: numbers().fill(1, onePass, onePass + 1),
  // units of pull requests that failed, and the links before them; kinds of the units held still
  pullUnits: indices(),
  pullBases: indices(),
  heldKinds: indices(),
};

const {
  weight,
  alikeAfter,
  linkOf,
  kind,
  kindFailing,
  kindPassing,
  pullUnits,
  pullBases,
  heldKinds,
} = columns;
const { unrepaired, intact, failing: linkFailing, passing: linkPassing } = columns;

const chain: Chain = {
  units: new Units(0),
  count: 0,
  links: 0,
  linksBefore: 0,
  held: 0,
  pulls: 0,
  kinds: 0,
  tailKeep: 0.5,
  calmBefore: 0.5,
  calmAfter: 0.5,
};

/**
 * Takes in the first `count` units, of which none from `since` on failed. The chain is the same object
 * every time. Throws a RangeError above 256 units. O(count).
 */
export function readChain(units: Units, since: number, count: number): Chain {
  if (count > ringUnits) throw new RangeError(`more than ${ringUnits} units`);
  chain.units = units;
  chain.count = count;
  chain.links = chain.held = chain.pulls = 0;
  chain.kinds = nothing + 1;
  chain.tailKeep = lookBack(units, since, count);
  lookBack(units, 0, since);
  chain.calmBefore = link(units, 0, since);
  chain.linksBefore = chain.links;
  chain.calmAfter = link(units, since, count);
  return chain;
}

/** Weights and likeness of a range of units; the weight of the unit before it at its end. */
function lookBack(units: Units, from: number, to: number): number {
  const { failing, passing, gap, breakage, isPull, keep } = units;
  const usual = twoState.breakage;
  let w = 1;
  let after = 0;
  let nextPassing = 0;
  let nextGap = 0;
  for (let i = to - 1; i >= from; i--) {
    weight[i] = w;
    w *= keep[i]!;
    if (isPull[i] === 1) {
      alikeAfter[i] = ofPull;
      continue;
    }
    const passed = passing[i]!;
    const isCalm = failing[i] === 0 && passed >= 1 && breakage[i] === usual;
    after = isCalm && passed === nextPassing && gap[i] === nextGap ? after + 1 : 0;
    alikeAfter[i] = after;
    nextPassing = isCalm ? passed : 0;
    nextGap = gap[i]!;
  }
  return w;
}

/** Makes the links of a range of units; the weighed passes of its calm pull requests. */
function link(units: Units, from: number, to: number): number {
  const { failing, passing, gap, breakage } = units;
  let calm = 0;
  let rank = 0;
  let n = chain.links;
  for (let i = from; i < to; i++) {
    if (rank >= margin && alikeAfter[i]! >= margin) i = fold(i, n - 1, passing[i]!);
    const failed = failing[i]!;
    const passed = passing[i]!;
    if (alikeAfter[i] === ofPull) {
      if (failed === 0) calm += weight[i]! * passed;
      else addPull(i, kindOf(failed, passed), n - 1);
      continue;
    }
    kind[n] = kindOf(failed, passed);
    unrepaired[n] = unrepairedOver(gap[i]!);
    intact[n] = intactOver(breakage[i]!, gap[i]!);
    linkFailing[n] = weight[i]! * failed;
    linkPassing[n] = weight[i]! * passed;
    linkOf[i] = n;
    rank = alikeAfter[i]! > 0 ? rank + 1 : 0;
    if (n === chain.held && isHeld(units.isWhole, n)) {
      hold(n);
      rank = 0;
    }
    n++;
  }
  chain.links = n;
  return calm;
}

/** Adds the units from `i` on to a link, up to a pull request's or the margin; the first that is not. */
function fold(i: number, into: number, passing: number): number {
  let folded = 0;
  for (; alikeAfter[i]! >= margin; i++) {
    folded += weight[i]!;
    linkOf[i] = into;
  }
  linkPassing[into]! += folded * passing;
  return i;
}

/** `base`: link of the branch before it, -1 for none. */
function addPull(i: number, itsKind: number, base: number): void {
  linkOf[i] = itsKind;
  pullBases[chain.pulls] = base;
  pullUnits[chain.pulls++] = i;
}

/** Takes what a link says out of the chain: the prior at its start takes it in. */
function hold(n: number): void {
  heldKinds[chain.held++] = kind[n]!;
  kind[n] = nothing;
  unrepaired[n] = 1;
  intact[n] = 1;
}

/** The number of units with these attempts; few kinds occur in one history. */
function kindOf(failing: number, passing: number): number {
  if (failing === 0 && passing === 1) return onePass;
  const { kinds } = chain;
  for (let k = nothing + 1; k < kinds; k++) {
    if (kindPassing[k] === passing && kindFailing[k] === failing) return k;
  }
  kindFailing[kinds] = failing;
  kindPassing[kinds] = passing;
  return chain.kinds++;
}
