import { incidentListQuery } from '../../contract/judged-queries.ts';
import { readQuery } from '../../contract/queries.ts';
import { AppError } from '../../errors.ts';
import type { IncidentFacts } from '../../store/judged/incident-reads.ts';
import type { Ctx, Web } from '../context.ts';
import { incidentJson, incidentLineJson } from './judged-shapes.ts';
import { repoOf } from './repos.ts';
import { checkRepo } from './shapes.ts';

export async function listIncidents(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, state, kind } = readQuery(incidentListQuery, ctx.query);
  const { slug } = await repoOf(ctx, web);
  const isOpen = state === undefined ? undefined : state === 'open';
  const found = await web.store.listIncidents(slug, { isOpen, kind }, limit, cursor ?? null);
  const { items, ...page } = found;
  ctx.body = { items: items.map((incident) => incidentLineJson(web, incident)), ...page };
}

export async function getIncident(ctx: Ctx, web: Web): Promise<void> {
  ctx.body = incidentJson(web, await incidentOf(ctx, web));
}

/** The incident that the path names; a 404 where it is not there for who asks. */
export async function incidentOf(ctx: Ctx, web: Web): Promise<IncidentFacts> {
  const incident = await web.store.getIncident(ctx.params.id!);
  if (incident === null) throw new AppError('not_found', 'there is no such incident');
  checkRepo(ctx, { slug: incident.repo, workspaceId: incident.workspaceId });
  return incident;
}
