import {
  figureFormula,
  incidentEnd,
  incidentRule,
  suspectFormula,
} from '../../domain/explain-incident.ts';
import { foldSlug } from '../../domain/slug.ts';
import type { Culprit } from '../../store/judge/judgement-rows.ts';
import type { IncidentEvidence, IncidentFacts } from '../../store/judged/incident-reads.ts';
import type { TestRef } from '../../store/judged/titles.ts';
import { clusterPath, incidentPath, testPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { liveHref } from './live.ts';
import { commitLink } from './parts/commit-link.ts';
import { incidentWords, sinceOf, toldOf } from './parts/incident-words.ts';
import { requireSight } from './parts/may-see.ts';
import { repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';
import { suspectsOf } from './parts/suspects.ts';

/** of more than these only their number is seen at once */
const evidenceOpen = 12;
const testsOpen = 12;

/** GET /r/<slug>/-/incidents/<id> — one incident: what, since when, how sure, what would end it. */
export async function incidentPage(ctx: Ctx, web: Web): Promise<void> {
  const [slug, id] = ctx.captures!.map(decodeURIComponent) as [string, string];
  const found = await web.store.getIncident(id);
  const isThere = found !== null && foldSlug(found.repo) === foldSlug(slug);
  const place = isThere ? await web.store.getRepo(found.repo, 0) : null;
  const { slug: repo } = await requireSight(ctx, web, place, 'There is no such incident.');
  const incident = found!;
  if (slug !== repo) return ctx.redirect(incidentPath(repo, id));
  const told = toldOf(incident);
  const isSlow = incident.kind === 'slow-down';
  await sendPage(ctx, web, 'incident', {
    title: `${told.words.word} · ${repo}`,
    live: liveHref(repo),
    header: await repoHeader(web, repo, 'incidents'),
    incident,
    ...told,
    since: commitLink(repo, sinceOf(incident).commit),
    lastGood: commitLink(repo, lastGoodOf(incident)),
    suspects: incident.culprit && suspectsOf(repo, incident.culprit),
    explained: explainedFigures(incident.lead),
    rule: incidentRule(incident.kind),
    end: incidentEnd(incident.kind, incident.isOpen),
    suspectFormula,
    docs: isSlow ? '/docs/durations' : '/docs/regressions',
    tests: incident.tests.map((test) => ({ ...test, href: testPath(repo, test.id) })),
    areTestsOpen: incident.tests.length <= testsOpen,
    evidence: evidenceRows(incident),
    isEvidenceOpen: incident.evidence.length <= evidenceOpen,
  });
}

const lastGoodOf = ({ culprit, lead }: IncidentFacts): string | null =>
  (culprit as Culprit | null)?.lastSurelyGood ?? lead.lastGood;

const explainedFigures = ({ figures }: IncidentEvidence) =>
  Object.entries(figures).flatMap(([name, value]) => {
    const how = figureFormula(name);
    return how === null || typeof value !== 'number' ? [] : [{ name, value, how }];
  });

function evidenceRows({ repo, kind, evidence, tests }: IncidentFacts) {
  const titles = new Map(tests.map((test) => [test.id, test]));
  return evidence.map((part) => {
    const [first] = part.tests;
    const test: TestRef | undefined = first === undefined ? undefined : titles.get(first);
    return {
      ...part,
      test: part.tests.length === 1 && test !== undefined ? test : null,
      testHref: test === undefined ? null : testPath(repo, test.id),
      figures: incidentWords[kind].figures(part.figures),
      clusterHref: part.cluster && clusterPath(repo, part.cluster),
      lastGood: commitLink(repo, part.lastGood),
      firstBad: commitLink(repo, part.firstBad),
      decidedAt: commitLink(repo, part.decidedAt),
    };
  });
}
