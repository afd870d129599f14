import { incidentsPageQuery } from '../../contract/judged-queries.ts';
import { readQuery } from '../../contract/queries.ts';
import { type IncidentKind, incidentKinds } from '../../domain/incident-kinds.ts';
import { limits } from '../../limits.ts';
import type { IncidentLine } from '../../store/judged/incident-reads.ts';
import { incidentPath, incidentsPath, iso, isoOrNull } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { liveHref } from './live.ts';
import { commitLink } from './parts/commit-link.ts';
import { sendCsv } from './parts/csv.ts';
import { incidentWords, placeOf, sinceOf, subjectOf, toldOf } from './parts/incident-words.ts';
import { withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';

const states = [undefined, 'open', 'resolved'] as const;

/** GET /r/<slug>/-/incidents — what changed for the worse, newest first. */
export async function incidentsPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, format, state, kind } = readQuery(incidentsPageQuery, ctx.query);
  const repo = await openRepo(ctx, web);
  if (repo === null) return;
  const isOpen = state === undefined ? undefined : state === 'open';
  const size = limits.incidentsPerPage.value;
  const filter = { isOpen, kind };
  const found = await web.store.listIncidents(repo.slug, filter, size, cursor ?? null);
  if (format === 'csv') {
    return sendCsv(ctx, `incidents-${repo.slug}`, csvHead, found.items.map(csvRow));
  }
  const path = incidentsPath(repo.slug);
  const link = (values: { state?: string | undefined; kind?: IncidentKind | undefined }): string =>
    withQuery(path, { state, kind, ...values });
  await sendPage(ctx, web, 'incidents', {
    title: `Incidents · ${repo.slug}`,
    live: liveHref(repo.slug),
    header: await repoHeader(web, repo.slug, 'incidents'),
    path,
    isFiltered: state !== undefined || kind !== undefined,
    isJudged: found.judgedThrough !== null,
    stateLinks: states.map((value) => ({
      word: value ?? 'all',
      href: link({ state: value }),
      isCurrent: value === state,
    })),
    kindLinks: [undefined, ...incidentKinds].map((value) => ({
      word: value === undefined ? 'any kind' : incidentWords[value].word,
      href: link({ kind: value }),
      isCurrent: value === kind,
    })),
    rows: found.items.map(rowOf),
    csv: withQuery(path, { state, kind, cursor: ctx.query.cursor as string, format: 'csv' }),
    first: cursor === undefined ? null : withQuery(path, { state, kind }),
    next: found.next === null ? null : withQuery(path, { state, kind, cursor: found.next }),
  });
}

function rowOf(incident: IncidentLine) {
  const { commit, probability } = sinceOf(incident);
  return {
    incident,
    href: incidentPath(incident.repo, incident.id),
    ...toldOf(incident),
    since: commitLink(incident.repo, commit),
    probability,
  };
}

const csvHead = [
  ...['id', 'kind', 'state', 'openedAt', 'resolvedAt', 'tests', 'subject', 'suite', 'says'],
  ...['figures', 'since', 'probability', 'sure'],
];

function csvRow(incident: IncidentLine) {
  const { id, kind, isOpen, openedAtMs, resolvedAtMs, testCount, lead } = incident;
  const { commit, probability } = sinceOf(incident);
  const { says, figures } = incidentWords[kind];
  return [
    ...[id, kind, isOpen ? 'open' : 'resolved', iso(openedAtMs), isoOrNull(resolvedAtMs)],
    ...[testCount, subjectOf(incident), placeOf(incident), says(incident)],
    ...[figures(lead.figures), commit, probability, lead.probability],
  ];
}
