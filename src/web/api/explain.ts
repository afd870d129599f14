import { explainTestQuery } from '../../contract/explanations.ts';
import { readQuery } from '../../contract/queries.ts';
import { figureFormula, incidentReason, suspectFormula } from '../../domain/explain-incident.ts';
import type { ExplainedNumber } from '../../domain/explained.ts';
import { AppError } from '../../errors.ts';
import type { IncidentFacts } from '../../store/judged/incident-reads.ts';
import type { Ctx, Web } from '../context.ts';
import { incidentOf } from './incidents.ts';
import { evidenceJson, variantJson } from './judged-shapes.ts';
import { repoOf } from './repos.ts';
import { iso, runUrl } from './shapes.ts';

/** How the numbers of a test came about. */
export async function explainTest(ctx: Ctx, web: Web): Promise<void> {
  const variant = readQuery(explainTestQuery, ctx.query);
  const { slug } = await repoOf(ctx, web);
  const found = await web.store.explainTest(slug, ctx.params.testId!, variant);
  if (found === null) {
    throw new AppError('not_found', 'there is no such test, or nothing is judged of it yet');
  }
  const { others, units, ...explanation } = found;
  ctx.body = {
    ...explanation,
    variant: variantJson(found.variant),
    otherVariants: others.map(variantJson),
    units: units.map(({ atMs, ...unit }) => ({ ...unit, at: iso(atMs) })),
    docs: docs(web, 'flakiness'),
  };
}

export async function explainGrade(ctx: Ctx, web: Web): Promise<void> {
  const { slug } = await repoOf(ctx, web);
  const found = await web.store.explainGrade(slug);
  const { judgement, reason, numbers, standing, runs } = found ?? unjudged;
  ctx.body = {
    repo: slug,
    reason,
    numbers,
    docs: docs(web, 'grades'),
    judgedThrough: judgement?.through ?? null,
    formulaVersion: judgement?.formulaVersion ?? null,
    inputHash: judgement?.inputHash ?? null,
    standing,
    runs: runs.map(({ atMs, ...run }) => ({
      ...run,
      at: iso(atMs),
      url: runUrl(web, slug, run.runId),
    })),
  };
}

export async function explainIncident(ctx: Ctx, web: Web): Promise<void> {
  const incident = await incidentOf(ctx, web);
  ctx.body = {
    id: incident.id,
    reason: incidentReason(incident.kind, incident.isOpen),
    numbers: incidentNumbers(incident),
    docs: docs(web, incident.kind === 'slow-down' ? 'durations' : 'regressions'),
    evidence: incident.evidence.map(evidenceJson),
  };
}

const unjudged = {
  judgement: null,
  reason: 'Nothing is judged of this repo yet.',
  numbers: [],
  standing: [],
  runs: [],
};

const docs = (web: Web, page: string): string => `${web.baseUrl()}/docs/${page}`;

/** The figures of the likeliest part of the evidence, and of the suspects. */
function incidentNumbers({ evidence, culprit, testCount }: IncidentFacts): ExplainedNumber[] {
  const [first] = evidence.toSorted((a, b) => b.probability - a.probability);
  const figures = Object.entries(first?.figures ?? {}).flatMap(([name, value]) => {
    const formula = figureFormula(name);
    return formula === null || typeof value === 'string'
      ? []
      : [{ name, value, formula, values: {} }];
  });
  const suspects = (culprit?.suspects ?? []).map(({ commit, probability }) => ({
    name: `suspects.${commit}`,
    value: probability,
    formula: suspectFormula,
    values: { candidates: culprit!.candidates, tests: testCount },
  }));
  return [
    {
      name: 'probability',
      value: first?.probability ?? null,
      formula: '1 - P(the alert is false), of the surest part of the evidence',
      values: { parts: evidence.length },
    },
    ...figures,
    ...suspects,
  ];
}
