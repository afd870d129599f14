import type {
  IncidentFacts,
  IncidentLine,
  IncidentMark,
} from '../../store/judged/incident-reads.ts';
import type {
  DefaultBranch,
  RepoJudgement,
  RepoStanding,
  SuiteFacts,
} from '../../store/judged/repo-reads.ts';
import type { TestFacts, VariantFacts } from '../../store/judged/test-reads.ts';
import type { TestDetail } from '../../store/judged/verbs.ts';
import type { RepoFacts } from '../../store/reads.ts';
import type { Web } from '../context.ts';
import { incidentPath, iso, repoJson, runUrl, testPath } from './shapes.ts';

/** What the store knows of judgements → what the API says (contract/judged-responses.ts). */

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

type Grade = RepoStanding['grade'];
const gradeJson = (grade: Grade) => ({
  grade: grade?.letter ?? null,
  score: grade?.score ?? null,
  scoreLow: grade?.low ?? null,
  scoreHigh: grade?.high ?? null,
});

export function standingJson(web: Web, repo: RepoFacts, standing: RepoStanding | null) {
  return {
    ...repoJson(web, repo),
    ...gradeJson(standing?.grade ?? null),
    passRate: standing?.passRate ?? null,
    flakyTests: standing?.flakyTests ?? 0,
    openIncidents: standing?.openIncidents ?? 0,
    judgedThrough: standing?.judgedThrough ?? null,
  };
}

export function repoJudgementJson(
  web: Web,
  repo: RepoFacts,
  judged: RepoJudgement | null,
  defaultBranch: DefaultBranch,
) {
  return {
    ...standingJson(web, repo, judged),
    gradedRuns: judged?.gradedRuns ?? 0,
    inputs: judged?.inputs ?? null,
    demerits: judged?.demerits ?? null,
    fixes: fixesJson(judged?.fixes ?? null),
    trend: judged?.trend ?? null,
    falseRed: judged?.falseReds ?? null,
    tests: judged?.states ?? null,
    durationMs: judged?.durationMs ?? null,
    formulaVersion: judged?.formulaVersion ?? null,
    inputHash: judged?.inputHash ?? null,
    settings: { defaultBranch: defaultBranchJson(defaultBranch) },
  };
}

export const defaultBranchJson = ({ value, decidedBy, sinceMs }: DefaultBranch) => ({
  value,
  decidedBy,
  since: isoOrNull(sinceMs),
});

function fixesJson(fixes: RepoJudgement['fixes']) {
  if (fixes === null) return null;
  const { tests, letter, score, reached } = fixes;
  return { tests, grade: letter, score, reached };
}

const testUrl = (web: Web, slug: string, id: string): string => web.baseUrl() + testPath(slug, id);

function figuresJson<T extends Pick<VariantFacts, 'lastFailedAtMs'>>(facts: T) {
  const { lastFailedAtMs, ...rest } = facts;
  return { ...rest, lastFailedAt: isoOrNull(lastFailedAtMs) };
}

export const variantJson = ({ environment, ...variant }: VariantFacts) => ({
  environment: environment || null,
  ...figuresJson(variant),
});

export function testJson(web: Web, slug: string, { variants, ...facts }: TestFacts) {
  return {
    ...figuresJson(facts),
    variants: variants.map(variantJson),
    url: testUrl(web, slug, facts.id),
  };
}

export function testDetailJson(web: Web, slug: string, detail: TestDetail) {
  const { facts, file, judgedThrough, history, clusters, incidents } = detail;
  return {
    ...testJson(web, slug, facts),
    repo: slug,
    file,
    judgedThrough,
    history: history.entries.map(({ receivedAtMs, ...entry }) => ({
      ...entry,
      receivedAt: iso(receivedAtMs),
      url: runUrl(web, slug, entry.runId),
    })),
    historyIsWhole: history.isWhole,
    clusters: clusters.map(({ lastSeenAtMs, ...cluster }) => ({
      ...cluster,
      lastSeenAt: iso(lastSeenAtMs),
    })),
    incidents: incidents.map(markJson),
  };
}

export function suiteJson({ grade, ...suite }: SuiteFacts) {
  const shown = grade && { letter: grade.letter, score: grade.score, ...grade.interval };
  return { ...suite, ...gradeJson(shown), demerits: grade?.demerits ?? null };
}

const markJson = ({ id, kind, isOpen, openedAtMs, resolvedAtMs }: IncidentMark) => ({
  id,
  kind,
  state: isOpen ? 'open' : 'resolved',
  openedAt: iso(openedAtMs),
  resolvedAt: isoOrNull(resolvedAtMs),
});

export function incidentLineJson(web: Web, incident: IncidentLine) {
  const { repo, tests, testCount, culprit } = incident;
  return {
    ...markJson(incident),
    repo,
    tests,
    testCount,
    firstBad: culprit?.suspects[0] ?? null,
    suspects: culprit?.suspects ?? [],
    nextToTest: culprit?.nextToTest ?? null,
    url: web.baseUrl() + incidentPath(repo, incident.id),
  };
}

export function incidentJson(web: Web, incident: IncidentFacts) {
  const { culprit, evidence, events } = incident;
  return {
    ...incidentLineJson(web, incident),
    lastSurelyGood: culprit?.lastSurelyGood ?? null,
    firstSurelyBad: culprit?.firstSurelyBad ?? null,
    candidates: culprit?.candidates ?? null,
    evidence: evidence.map(evidenceJson),
    events: events.map(({ event, atMs, tests }) => ({ event, at: iso(atMs), tests })),
  };
}

export function evidenceJson({ figures, ...evidence }: IncidentFacts['evidence'][number]) {
  const all = Object.entries(figures);
  return {
    ...evidence,
    figures: Object.fromEntries(all.filter(([, value]) => typeof value !== 'string')),
    words: Object.fromEntries(all.filter(([, value]) => typeof value === 'string')),
  };
}
