import { flakiness } from './analytics-params.ts';
import type { Health } from './health.ts';

/**
 * Why a failure of a run may be there, as far as that is known: the code was broken before, the test
 * fails now and then on good code, the machines failed, or nothing but this run's own change explains it.
 */
export const failureOrigins = ['new', 'storm', 'flaky', 'standing'] as const;
export type FailureOrigin = (typeof failureOrigins)[number];

/** What is known of a failing test at the time of a run. */
export type KnownTest = {
  /** null: not judged */
  health: Health | null;
  pFlaky: number;
  /** it failed in uploads before the run */
  hasFailed: boolean;
  /** where the break that covers the run began, if there is one */
  brokeAt: 'here' | 'before' | null;
  /** the run is a mass failure that is held back as evidence */
  isStorm: boolean;
};

/** A break explains more than flakiness does; a test that never passed is broken since ever. */
export function failureOrigin(known: KnownTest): FailureOrigin {
  const { health, pFlaky, hasFailed, brokeAt, isStorm } = known;
  if (brokeAt === 'here') return 'new';
  if (brokeAt === 'before') return 'standing';
  if (health === 'always-failing' && hasFailed) return 'standing';
  if (isStorm) return 'storm';
  return health === 'flaky' || pFlaky >= flakiness.flaky ? 'flaky' : 'new';
}
