import { z } from 'zod';
import { healths } from '../domain/health.ts';
import { incidentKinds } from '../domain/incident-kinds.ts';
import { statuses } from '../domain/model.ts';
import { defaultBranchSchema } from './repo-settings.ts';
import { count, instant, listOf, repoSchema, uuid } from './responses.ts';

/** Answers about what the uploads are judged to be. Probabilities and rates lie in 0 to 1. */

const probability = z.number().min(0).max(1);
const score = z.number().min(0).max(100);
const letter = z.enum(['A', 'B', 'C', 'D', 'F']);
const testId = z.string().regex(/^[0-9a-f]{16}$/);
const judgedThrough = uuid
  .nullable()
  .describe('Id of the newest upload that is judged; null: none yet');

export const testRefSchema = z.object({ id: testId, suite: z.string(), name: z.string() });

const standing = {
  grade: letter.nullable().describe('null: fewer than 5 runs of the default branch, or 24 hours'),
  score: score.nullable(),
  scoreLow: score.nullable().describe('80 % interval of the score'),
  scoreHigh: score.nullable(),
  passRate: probability
    .nullable()
    .describe('Runs of the default branch without a failure, of the newest 28 days'),
  flakyTests: count,
  openIncidents: count,
  judgedThrough,
};

export const repoStandingSchema = repoSchema.extend(standing).meta({ id: 'RepoStanding' });

const points = z.number().min(0).describe('Points lost');
const demeritsSchema = z.object({
  standing: points,
  redRuns: points,
  severity: points,
  skipped: points,
  slowdown: points,
});

const inputsSchema = z.object({
  standing: count.describe('Tests that failed in their last two commits'),
  redRuns: probability.describe('Red runs, newer ones counting more; a flaky one counts 0.4'),
  severity: probability.describe('Failed cases among those executed; a flaky one counts 0.4'),
  skipped: probability.describe('Skipped cases of a run'),
  slowdown: z.number().min(0).describe('ln of the recent run duration over the earlier one'),
});

const statesSchema = z.object(
  Object.fromEntries(healths.map((health) => [health, count])) as Record<
    (typeof healths)[number],
    typeof count
  >,
);

const trendSchema = z.object({
  direction: z.enum(['improving', 'declining', 'steady']),
  slope: z.number().describe('Points a day (Theil-Sen), of 28 days'),
  p: probability.describe('Chance of such an order of days by accident (Mann-Kendall)'),
});

const falseRedSchema = z.object({
  probability: probability.describe('That a commit on good code is red, all jobs together'),
  causes: z
    .object({
      tests: count,
      share: probability,
      named: z.array(testRefSchema.extend({ share: probability })).describe('The first 20'),
    })
    .describe('The fewest tests that make 80 % of it'),
});

export const repoJudgementSchema = repoStandingSchema
  .extend({
    gradedRuns: count.describe('Runs of the default branch behind the grade'),
    inputs: inputsSchema.nullable(),
    demerits: demeritsSchema.nullable().describe('They sum to 100 - score'),
    fixes: z
      .object({
        tests: z.array(testRefSchema).describe('The most useful first; at most 50'),
        grade: letter,
        score,
        reached: z.boolean().describe('Whether that is a better letter'),
      })
      .nullable()
      .describe('What to fix for the next letter; null: nothing better, or no grade'),
    trend: trendSchema.nullable(),
    falseRed: falseRedSchema.nullable(),
    tests: statesSchema.nullable().describe('Tests by their worst variant'),
    durationMs: z.number().min(0).nullable().describe('Median of the newest 30 runs'),
    formulaVersion: z.string().nullable(),
    inputHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .describe('SHA-256 over the version and the inputs'),
    settings: z.object({ defaultBranch: defaultBranchSchema }),
  })
  .meta({ id: 'RepoJudgement' });

export const figures = {
  state: z.enum(healths),
  slow: z.boolean(),
  trend: z.enum(['steady', 'up', 'down']).describe('Of the flake rate'),
  pFlaky: probability,
  flakeRate: probability.describe('Failure rate of an attempt on good code, times P(flaky)'),
  pBroken: probability,
  runs: count.describe('Commits with evidence, of the newest 256'),
  failures: count.describe('Those in which something failed'),
  medianMs: z.number().min(0).nullable().describe('Of the newest 31 passing results'),
  lastFailedAt: instant.nullable().describe('Time of the newest commit that failed'),
};

export const testSchema = z
  .object({
    ...testRefSchema.shape,
    ...figures,
    flakeRateLow: probability
      .nullable()
      .describe('90 % interval of the rate of the variant that flakes most, if it is flaky'),
    flakeRateHigh: probability.nullable(),
    falseRed: probability.describe('That it makes a commit on good code red'),
    variants: z
      .array(z.object({ job: z.string(), environment: z.string().nullable(), ...figures }))
      .describe('By job and environment, the worst first'),
    url: z.string(),
  })
  .meta({ id: 'Test' });

const incidentMark = {
  id: z.string().regex(/^[0-9a-f]{16}$/),
  kind: z.enum(incidentKinds),
  state: z.enum(['open', 'resolved']),
  openedAt: instant,
  resolvedAt: instant.nullable(),
};

export const testDetailSchema = testSchema
  .extend({
    repo: z.string(),
    file: z.string().nullable(),
    judgedThrough,
    history: z
      .array(
        z.object({
          runId: uuid,
          uploadId: uuid,
          receivedAt: instant,
          branch: z.string().nullable(),
          commit: z.string().nullable(),
          job: z.string().nullable(),
          environment: z.string().nullable(),
          attempt: count,
          status: z.enum(statuses),
          durationMs: count.nullable(),
          attempts: count,
          url: z.string(),
        }),
      )
      .describe('The newest 256 results'),
    historyIsWhole: z.boolean().describe('false: there may be older results'),
    clusters: z
      .array(
        z.object({
          fingerprint: z.string(),
          sample: z.string(),
          failures: count,
          lastSeenAt: instant,
        }),
      )
      .describe('Failures of the test that say the same; the newest 20'),
    incidents: z.array(z.object(incidentMark)).describe('The newest 20'),
  })
  .meta({ id: 'TestDetail' });

export const suiteSchema = z
  .object({
    suite: z.string(),
    grade: letter.nullable(),
    score: score.nullable(),
    scoreLow: score.nullable(),
    scoreHigh: score.nullable(),
    demerits: demeritsSchema.nullable(),
    falseRed: probability.describe('That a commit on good code makes it red'),
    tests: count,
    states: statesSchema,
    durationMs: z.number().min(0).nullable().describe('Sum of the medians of its tests'),
  })
  .meta({ id: 'Suite' });

export const dailySeriesSchema = z
  .object({
    metric: z.string(),
    unit: z.string(),
    judgedThrough,
    items: z
      .array(z.object({ day: z.iso.date(), value: z.number().nullable() }))
      .describe('Closing values of days (UTC) with uploads, ascending'),
    trend: trendSchema.nullable().describe('Of the grade only'),
  })
  .meta({ id: 'DailySeries' });

const commitProbability = z.object({
  commit: z.string().describe('Or the id of a run that named none'),
  probability,
});

const incidentLine = {
  ...incidentMark,
  repo: z.string(),
  testCount: count,
  firstBad: commitProbability.nullable().describe('The likeliest; null: no commit is to blame'),
  suspects: z
    .array(commitProbability)
    .describe('The fewest commits that hold 95 %, likeliest first'),
  nextToTest: z.string().nullable().describe('The commit whose test would tell most'),
  url: z.string(),
};

export const incidentLineSchema = z
  .object({ ...incidentLine, tests: z.array(testRefSchema).describe('The first 20') })
  .meta({ id: 'IncidentLine' });

export const incidentEvidenceSchema = z.object({
  job: z.string().nullable(),
  environment: z.string().nullable(),
  suite: z.string(),
  tests: z.array(testId),
  cluster: z.string().nullable().describe('Fingerprint of the newest failure'),
  lastGood: z.string().nullable().describe('The last commit that was surely good'),
  firstBad: z.string().nullable(),
  decidedAt: z.string().nullable().describe('The commit that decided it'),
  probability: probability.describe('That it is true'),
  figures: z.record(z.string(), z.number().nullable()).describe('By name, as the kind has them'),
  words: z.record(z.string(), z.string()),
});

export const incidentSchema = z
  .object({
    ...incidentLine,
    tests: z.array(testRefSchema).describe('The first 200'),
    lastSurelyGood: z.string().nullable(),
    firstSurelyBad: z.string().nullable(),
    candidates: count.nullable().describe('Commits that were looked at'),
    evidence: z.array(incidentEvidenceSchema).describe('By variant, suite or job; the first 50'),
    events: z.array(
      z.object({
        event: z.enum(['opened', 'grew', 'resolved', 'reopened']),
        at: instant,
        tests: count,
      }),
    ),
  })
  .meta({ id: 'Incident' });

/** A page of what is judged. */
export const judgedListOf = (item: z.ZodType) => listOf(item).extend({ judgedThrough });
