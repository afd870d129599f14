import { createHash } from 'node:crypto';
import { incidents as params } from './analytics-params.ts';

/** What an incident is called by: the same facts name it the same after a rebuild. */
export type IncidentKey = {
  repo: string;
  kind: string;
  /** order key of the first commit under suspicion */
  firstOrderKey: string;
  /** public id of the smallest test in it, '' where it is about no single tests */
  smallestTest: string;
};

/** 16 hex digits. A growing incident keeps the id it was opened with. */
export function incidentId({ repo, kind, firstOrderKey, smallestTest }: IncidentKey): string {
  const key = JSON.stringify([repo, kind, firstOrderKey, smallestTest]);
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

/** The life of an incident, as far as messages depend on it. */
export type IncidentState = {
  isOpen: boolean;
  /** tests at the last message */
  toldTests: number;
  /** observations in a row in which all tests were calm */
  calmUnits: number;
  resolvedAtMs: number | null;
  /** of the newest observation taken in */
  sequence: number;
};

/** What one commit of the branch says of an incident. */
export type Observation = {
  /** ascending; an observation that was taken in already changes nothing */
  sequence: number;
  atMs: number;
  /** tests that are in it now */
  tests: number;
  /** whether all of them are repaired, see `isCalm` */
  isCalm: boolean;
};

type IncidentEvent = 'opened' | 'grew' | 'resolved' | 'reopened';

/** The next state and what there is to tell: at most one message per change of state. */
export type IncidentStep = { state: IncidentState; event: IncidentEvent | null };

/**
 * Takes in one observation; `state` null opens the incident. Told are the opening, growth to twice
 * what was told before, the end once two units in a row are calm, and a new start within 5 days of
 * it. After that it is another incident: `event` null, state unchanged. Replays are silent.
 */
export function observe(state: IncidentState | null, seen: Observation): IncidentStep {
  if (state === null) return { state: opened(seen), event: 'opened' };
  if (seen.sequence <= state.sequence) return { state, event: null };
  const next = { ...state, sequence: seen.sequence };
  if (!state.isOpen) {
    if (seen.isCalm || !canReopen(state, seen.atMs)) return { state, event: null };
    return { state: opened(seen), event: 'reopened' };
  }
  next.calmUnits = seen.isCalm ? state.calmUnits + 1 : 0;
  if (next.calmUnits >= params.calmUnits) {
    return { state: { ...next, isOpen: false, resolvedAtMs: seen.atMs }, event: 'resolved' };
  }
  if (seen.tests < params.growth * state.toldTests) return { state: next, event: null };
  return { state: { ...next, toldTests: seen.tests }, event: 'grew' };
}

/** Whether a new failure of its tests at that time continues a resolved incident. */
export const canReopen = ({ resolvedAtMs }: IncidentState, atMs: number): boolean =>
  resolvedAtMs !== null && atMs - resolvedAtMs <= params.reopenMs;

const opened = ({ sequence, tests }: Observation): IncidentState => ({
  isOpen: true,
  toldTests: Math.max(1, tests),
  calmUnits: 0,
  resolvedAtMs: null,
  sequence,
});

/** A message that wants to be told. */
export type Message = { isMassFailure: boolean; risk: number };

/**
 * Which of a batch's messages go out now, given how many the repo was sent today: mass failures
 * always, of the others the least risky up to 5 a day. The rest is for the digest. Indices, ascending.
 */
export function withinDailyCap(messages: readonly Message[], sentToday: number): number[] {
  const all = messages.map((_, i) => i);
  const mass = all.filter((i) => messages[i]!.isMassFailure);
  const room = Math.max(0, params.perRepoAndDay - sentToday - mass.length);
  const others = all
    .filter((i) => !messages[i]!.isMassFailure)
    .sort((a, b) => messages[a]!.risk - messages[b]!.risk || a - b);
  return [...mass, ...others.slice(0, room)].sort((a, b) => a - b);
}
