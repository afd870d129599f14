import { type GroupedAlert, groupAlerts } from '../../domain/alert-groups.ts';
import { tellable } from '../../domain/false-discovery.ts';
import type { IncidentKind } from '../../domain/incident-kinds.ts';
import {
  canReopen,
  type IncidentState,
  incidentId,
  observe,
  withinDailyCap,
} from '../../domain/incidents.ts';
import type { Commit, CommitOrder } from './commit-order.ts';

/** What one variant, suite or repo brings into an incident. */
export type IncidentPart = {
  /** names what it is about among the parts of its kind, such as `variant 7 0` */
  key: string;
  tests: number[];
  cell: number | null;
  suite: string;
  /** fingerprint of its newest failure, null where there is none */
  cluster: string | null;
  /** numbers of commits: the last that was surely good (-1: none), the first bad one, the deciding one */
  lastGood: number;
  firstBad: number;
  at: number;
  startExcess: number;
  /** P(it is false) */
  risk: number;
  isCalm: boolean;
  /** false: it is for the digest, and no reason for a message of its own */
  isUrgent: boolean;
  /** figures for the reader, by name */
  evidence: Record<string, number | string | null>;
};

/** Keys of parts that are about one variant. */
export const partKeys = {
  variant: (test: number, cell: number) => `variant ${test} ${cell}`,
  flakiness: (test: number, cell: number) => `flakiness ${test} ${cell}`,
};

/** From which commit on news are told, and what is open and told of in any case, so that it can end. */
export type Since = { fromPlace: number; isWatched: (key: string) => boolean };

type Event = 'opened' | 'grew' | 'resolved' | 'reopened';

export type Incident = {
  id: string;
  kind: IncidentKind;
  parts: IncidentPart[];
  state: IncidentState;
  openedAtMs: number;
  /** commit at which it ended */
  resolvedAt: number | null;
  /** what happened when; `isTold`: within the messages that a repo may cause in a day */
  events: { event: Event; atMs: number; tests: number; isTold: boolean }[];
};

/** What is seen at one commit of the default branch. */
export type CommitNews = {
  commit: Commit;
  /** parts that may open or join an incident, by kind */
  alerts: { kind: IncidentKind; part: IncidentPart }[];
  /** parts that were looked at again, by key: whether they are calm */
  seen: Map<string, boolean>;
};

/** The incidents that still may change, as of the commits before `fromPlace`. */
export type Book = {
  fromPlace: number;
  incidents: Incident[];
  /** messages told so far, by day since the epoch; commits do not come in the order of their receipt */
  told: Record<number, number>;
};

export const emptyBook: Book = { fromPlace: 0, incidents: [], told: {} };

/** commits taken between two looks at the clock */
const commitsAtOnce = 16;

/**
 * Lets the incidents of a book go on through what was seen since. A function of the book and the
 * news; neither is changed. `cutPlace`: also returns the book as it was before that place. Yields now
 * and then.
 */
export function* replay(
  repo: string,
  book: Book,
  news: readonly CommitNews[],
  order: CommitOrder,
  publicId: (test: number) => string,
  cutPlace: number | null,
): Generator<void, { incidents: Incident[]; cut: Book | null }, void> {
  const replaying = new Replay(repo, structuredClone(book), order, publicId);
  let cut: Book | null = null;
  let taken = 0;
  for (const one of news) {
    if (++taken % commitsAtOnce === 0) yield;
    if (cutPlace !== null && cut === null && one.commit.place >= cutPlace) {
      cut = bookAt(replaying, cutPlace, one.commit.firstReceivedMs);
    }
    replaying.take(one);
  }
  const lastMs = news.at(-1)?.commit.firstReceivedMs ?? 0;
  if (cutPlace !== null) cut ??= bookAt(replaying, cutPlace, lastMs);
  return { incidents: replaying.incidents, cut };
}

/** days of which a book keeps how much was told */
const toldDays = 14;

/** What is resolved for longer than it may open again does not change any more. */
function bookAt({ incidents, told }: Replay, fromPlace: number, nowMs: number): Book {
  const live = incidents.filter(({ state }) => state.isOpen || canReopen(state, nowMs));
  const calm = structuredClone(live).map((incident) => {
    incident.state.sequence = -1;
    return incident;
  });
  const today = Math.floor(nowMs / 86_400_000);
  const recent = Object.entries(told).filter(([day]) => Number(day) > today - toldDays);
  return { fromPlace, incidents: calm, told: Object.fromEntries(recent) };
}

class Replay {
  readonly incidents: Incident[];
  readonly #repo: string;
  readonly #order: CommitOrder;
  readonly #publicId: (test: number) => string;
  readonly told: Book['told'];

  constructor(
    repo: string,
    { incidents, told }: Book,
    order: CommitOrder,
    publicId: (test: number) => string,
  ) {
    this.#repo = repo;
    this.incidents = incidents;
    this.told = told;
    this.#order = order;
    this.#publicId = publicId;
  }

  take({ commit, alerts, seen }: CommitNews): void {
    const looked = new Set<Incident>();
    for (const incident of this.incidents) {
      if (!incident.state.isOpen) continue;
      for (const part of incident.parts) {
        const isCalm = seen.get(part.key);
        if (isCalm === undefined) continue;
        part.isCalm = isCalm;
        looked.add(incident);
      }
    }
    const open = new Set(this.#openParts().map(({ part }) => part.key));
    const wanted = alerts.filter(({ part }) => !open.has(part.key));
    const told = tellable(wanted.map(({ part }) => part.risk)).sort((a, b) => a - b);
    for (const [kind, ones] of Map.groupBy(told, (i) => wanted[i]!.kind)) {
      const parts = ones.map((i) => wanted[i]!.part);
      for (const incident of this.#place(kind, parts)) looked.add(incident);
    }
    this.#observe(commit, looked);
  }

  #openParts(): { incident: Incident; part: IncidentPart }[] {
    return this.incidents
      .filter(({ state }) => state.isOpen)
      .flatMap((incident) => incident.parts.map((part) => ({ incident, part })));
  }

  /** Puts new parts into the incidents they belong to: open ones, ones that ended lately, or new ones. */
  #place(kind: IncidentKind, parts: readonly IncidentPart[]): Incident[] {
    const open = this.#openParts().filter(({ incident }) => incident.kind === kind);
    const alerts = [...parts, ...open.map(({ part }) => part)].map((one) => this.#grouped(one));
    return groupAlerts(alerts).flatMap((members) => {
      const own = members.filter((i) => i < parts.length).map((i) => parts[i]!);
      if (own.length === 0) return [];
      const [first] = members.filter((i) => i >= parts.length);
      const known = first === undefined ? undefined : open[first - parts.length]!.incident;
      const incident = known ?? this.#endedOf(kind, own) ?? this.#begin(kind, own);
      const keys = new Set(own.map(({ key }) => key));
      incident.parts = [...incident.parts.filter(({ key }) => !keys.has(key)), ...own];
      return [incident];
    });
  }

  #begin(kind: IncidentKind, parts: readonly IncidentPart[]): Incident {
    const incident: Incident = {
      id: this.#idOf(kind, parts),
      kind,
      parts: [],
      state: { isOpen: false, toldTests: 0, calmUnits: 0, resolvedAtMs: null, sequence: -2 },
      openedAtMs: this.#order.byNo[parts[0]!.at]!.firstReceivedMs,
      resolvedAt: null,
      events: [],
    };
    this.incidents.push(incident);
    return incident;
  }

  /** One that ended within five days and is about one of the same. */
  #endedOf(kind: IncidentKind, parts: readonly IncidentPart[]): Incident | undefined {
    const atMs = this.#order.byNo[parts[0]!.at]!.firstReceivedMs;
    const keys = new Set(parts.map(({ key }) => key));
    return this.incidents.find(
      (one) =>
        one.kind === kind &&
        canReopen(one.state, atMs) &&
        one.parts.some(({ key }) => keys.has(key)),
    );
  }

  #grouped(part: IncidentPart): GroupedAlert {
    const place = (no: number) => this.#order.byNo[no]!.place;
    const to = place(part.firstBad);
    const from = part.lastGood < 0 ? to : Math.min(to, place(part.lastGood) + 1);
    return {
      suspects: { from, to },
      cluster: part.cluster,
      suite: part.suite,
      start: to,
      startExcess: part.startExcess,
    };
  }

  /** Named by its first commit under suspicion and by the smallest of its tests. */
  #idOf(kind: IncidentKind, parts: readonly IncidentPart[]): string {
    const commits = parts.map(({ firstBad }) => this.#order.byNo[firstBad]!);
    const { timeMs, name } = commits.reduce((first, one) => (one.rank < first.rank ? one : first));
    const tests = parts.flatMap((part) => part.tests.map(this.#publicId)).sort();
    const isAboutTests = parts[0]!.cell !== null && kind !== 'mass-failure';
    return incidentId({
      repo: this.#repo,
      kind,
      firstOrderKey: `${timeMs} ${name}`,
      smallestTest: isAboutTests ? (tests[0] ?? parts[0]!.key) : parts[0]!.key,
    });
  }

  #observe(commit: Commit, looked: ReadonlySet<Incident>): void {
    const atMs = commit.firstReceivedMs;
    const told: { incident: Incident }[] = [];
    for (const incident of this.incidents) {
      if (!looked.has(incident)) continue;
      const tests = new Set(incident.parts.flatMap((part) => part.tests)).size;
      const isCalm = incident.parts.every((part) => part.isCalm);
      const isNew = incident.events.length === 0;
      const seen = { sequence: commit.place, atMs, tests, isCalm };
      const { state, event } = observe(isNew ? null : incident.state, seen);
      incident.state = state;
      if (event === 'resolved') {
        incident.resolvedAt = commit.no;
      }
      if (event === 'reopened') {
        incident.resolvedAt = null;
      }
      if (event !== null) {
        incident.events.push({ event, atMs, tests, isTold: false });
        told.push({ incident });
      }
    }
    const urgent = told.filter(({ incident }) => incident.parts.some(({ isUrgent }) => isUrgent));
    this.#tell(atMs, urgent);
  }

  #tell(atMs: number, told: readonly { incident: Incident }[]): void {
    const day = Math.floor(atMs / 86_400_000);
    const messages = told.map(({ incident }) => ({
      isMassFailure: incident.kind === 'mass-failure',
      risk: Math.min(...incident.parts.map(({ risk }) => risk)),
    }));
    for (const i of withinDailyCap(messages, this.told[day] ?? 0)) {
      told[i]!.incident.events.at(-1)!.isTold = true;
      this.told[day] = (this.told[day] ?? 0) + 1;
    }
  }
}
