import { testPageQuery } from '../../contract/judged-queries.ts';
import { readQuery } from '../../contract/queries.ts';
import { jobKey } from '../../domain/identity.ts';
import { AppError } from '../../errors.ts';
import type { HistoryEntry } from '../../store/history.ts';
import type { TestExplanation } from '../../store/judged/explain-reads.ts';
import type { TestFacts, VariantFacts } from '../../store/judged/test-reads.ts';
import type { TestDetail } from '../../store/judged/verbs.ts';
import { clusterPath, incidentPath, iso, runPath, testPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { format } from '../format.ts';
import { liveHref } from './live.ts';
import { commitLink } from './parts/commit-link.ts';
import { sendCsv } from './parts/csv.ts';
import { durationChart } from './parts/duration-chart.ts';
import { evidenceInWords } from './parts/evidence-words.ts';
import { incidentWords } from './parts/incident-words.ts';
import { withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { resultCells, resultsInWords } from './parts/result-cells.ts';
import { sendPage } from './parts/send-page.ts';
import { suspectsOf } from './parts/suspects.ts';

const unitsShown = 100;
const sampleLength = 700;

/** GET /r/<slug>/-/tests/<id> — one test: how sure, how often, since when, how it fails. */
export async function testPage(ctx: Ctx, web: Web): Promise<void> {
  const { format: as, ...asked } = readQuery(testPageQuery, ctx.query);
  const repo = await openRepo(ctx, web);
  if (repo === null) return;
  const { slug } = repo;
  const id = decodeURIComponent(ctx.captures![1]!);
  const [study, figures] = await Promise.all([
    web.store.studyTest(slug, id, asked),
    web.store.repoFigures(slug, web.clock.now()),
  ]);
  if (study === null) throw new AppError('not_found', 'There is no such test.');
  const { detail, explanation: explained } = study;
  const variant = explained?.variant ?? null;
  const entries = entriesOf(detail, variant);
  if (as === 'csv') return sendCsv(ctx, `test-${id}`, csvHead, entries.map(csvRow));
  const branch = figures?.defaultBranch.value ?? null;
  const path = testPath(slug, id);
  await sendPage(ctx, web, 'test', {
    title: `${format.middle(detail.facts.name, 80)} · ${slug}`,
    live: liveHref(slug),
    header: await repoHeader(web, slug, 'tests'),
    path,
    test: detail.facts,
    file: detail.file,
    variant,
    state: variant?.state ?? detail.facts.state,
    figures: figuresOf(detail.facts, explained),
    evidence: explained && evidenceInWords(explained.units),
    reason: explained?.reason ?? null,
    branch,
    cells: resultCells(slug, entries, branch),
    words: resultsInWords(entries),
    isWhole: detail.history.isWhole,
    results: entries.map((entry) => ({
      ...entry,
      href: runPath(slug, entry.runId),
      link: commitLink(slug, entry.commit),
    })),
    durations: durationChart(entries, branch),
    clusters: detail.clusters.map((cluster) => ({
      ...cluster,
      sample: cluster.sample.slice(0, sampleLength).toWellFormed(),
      href: clusterPath(slug, cluster.fingerprint),
    })),
    incidents: detail.incidents.map((incident) => ({
      ...incident,
      words: incidentWords[incident.kind],
      href: incidentPath(slug, incident.id),
    })),
    break: await breakOf(web, slug, detail),
    variants: variantRows(path, detail.facts.variants, variant),
    explained: explained && {
      numbers: explained.numbers,
      units: explained.units
        .slice(-unitsShown)
        .reverse()
        .map((unit) => ({
          ...unit,
          link: commitLink(slug, unit.commit),
        })),
      isComplete: explained.isComplete,
      formulaVersion: explained.formulaVersion,
      more: Math.max(0, explained.units.length - unitsShown),
    },
    csv: withQuery(path, { ...asked, format: 'csv' }),
  });
}

/** Of the variant that is shown; an upload that names no job may be of any. */
function entriesOf({ history, facts }: TestDetail, variant: VariantFacts | null): HistoryEntry[] {
  if (variant === null || facts.variants.length < 2) return history.entries;
  return history.entries.filter(
    ({ job, environment }) =>
      (environment ?? '') === variant.environment &&
      (job === null || jobKey(job, null) === variant.job),
  );
}

/** The break that the test is in now, with who may have caused it. */
async function breakOf(web: Web, slug: string, { incidents }: TestDetail) {
  const mark = incidents.find(({ isOpen, kind }) => isOpen && kind === 'new-failure');
  const incident = mark === undefined ? null : await web.store.getIncident(mark.id);
  if (incident === null || incident.culprit === null) return null;
  return {
    href: incidentPath(slug, incident.id),
    suspects: suspectsOf(slug, incident.culprit),
  };
}

/** What a person reads first, each with its formula where one is known. */
function figuresOf(facts: TestFacts, explained: TestExplanation | null) {
  const from: Omit<VariantFacts, 'job' | 'environment'> = explained?.variant ?? facts;
  const formulas = new Map(explained?.numbers.map(({ name, formula }) => [name, formula]));
  const numbers = new Map(explained?.numbers.map(({ name, value }) => [name, value]));
  const figure = (name: string, word: string, text: string, aside = '') => {
    return { word, text, aside, how: formulas.get(name) ?? word };
  };
  const bound = (name: string): string => format.share(numbers.get(name) ?? 0);
  const hasRange = from.failures > 0 && numbers.has('flakeRateLow');
  const range = hasRange ? `${bound('flakeRateLow')} – ${bound('flakeRateHigh')}` : '';
  return [
    figure('pFlaky', 'sure it is flaky', format.share(from.pFlaky)),
    figure('flakeRate', 'fails on good code', format.share(from.flakeRate), range),
    figure('pBroken', 'chance it is broken now', format.share(from.pBroken)),
    figure(
      'failures',
      `failed in ${format.plural(from.runs, 'commit')}`,
      format.count(from.failures),
    ),
    figure('medianMs', 'takes in the middle', format.duration(from.medianMs)),
  ];
}

function variantRows(path: string, variants: VariantFacts[], shown: VariantFacts | null) {
  return variants.map((variant) => ({
    ...variant,
    href: withQuery(path, { job: variant.job, environment: variant.environment }),
    isShown: variant.job === shown?.job && variant.environment === shown.environment,
  }));
}

const csvHead = [
  ...['receivedAt', 'status', 'attempts', 'durationMs', 'branch', 'commit', 'job', 'environment'],
  ...['attempt', 'runId'],
];

function csvRow(entry: HistoryEntry) {
  const { receivedAtMs, status, attempts, durationMs, branch, commit, job, environment } = entry;
  return [
    ...[iso(receivedAtMs), status, attempts, durationMs, branch, commit, job, environment],
    ...[entry.attempt, entry.runId],
  ];
}
