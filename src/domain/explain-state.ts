import { flakiness as params } from './analytics-params.ts';
import { rounded } from './explained.ts';
import type { WeighedVariant } from './flakiness.ts';
import type { Health } from './health.ts';

type Signs = WeighedVariant & { flaky: number; units: number };

const reasons: Record<Health, (signs: Signs) => string> = {
  'always-failing': ({ units }) =>
    units === 1
      ? 'It failed in the only commit looked at.'
      : `It passed in none of the ${units} commits looked at.`,
  broken: ({ broken }) =>
    `P(broken) is ${rounded(broken)}, at or above ${params.broken}: its newest results fail, as good code does not.`,
  flaky: ({ flaky, passesInARow }) =>
    `P(flaky) is ${rounded(flaky)}, at or above ${params.flaky}, and ${passes(passesInARow)} since its last failure are too few for its rate to say that it has recovered.`,
  suspect: ({ flaky }) =>
    `P(flaky) is ${rounded(flaky)}, from ${params.suspect} to ${params.flaky}: more results will tell.`,
  recovered: ({ passesInARow }) =>
    `It was flaky when it last failed. ${passes(passesInARow)} in a row since then would happen with a chance of less than ${params.recoveredStreak} if it still were.`,
  new: ({ units }) =>
    `It was seen at ${units} of the ${params.newUnits} commits that are needed to say more.`,
  stable: ({ broken, flaky }) =>
    `P(broken) is ${rounded(broken)}, below ${params.broken}, and P(flaky) is ${rounded(flaky)}, below ${params.suspect}.`,
};

const passes = (n: number): string => `${rounded(n)} ${n === 1 ? 'pass' : 'passes'}`;

/** Why a variant stands as it does, in a sentence. */
export const reasonOf = (health: Health, signs: Signs): string => reasons[health](signs);
