import { z } from 'zod';
import { healths } from '../domain/health.ts';
import { limits } from '../limits.ts';
import { figures, incidentEvidenceSchema, testRefSchema } from './judged-responses.ts';
import { count, instant, uuid } from './responses.ts';

/** Answers that show how a number came about. */

const probability = z.number().min(0).max(1);

export const explainTestQuery = z.object({
  job: z
    .string()
    .max(limits.refLength.value)
    .optional()
    .describe('Of the variant; without it the one that stands worst'),
  environment: z.string().max(limits.environmentLength.value).optional(),
});

const common = {
  reason: z.string().describe('In a sentence'),
  numbers: z
    .array(
      z.object({
        name: z.string().describe('As the lists name it'),
        value: z.number().nullable(),
        formula: z.string().describe('In the names of the values'),
        values: z.record(z.string(), z.number().nullable()),
      }),
    )
    .describe('Each with what it was made of'),
  docs: z.string().describe('The page that tells what it means'),
};

const judged = { judgedThrough: uuid, formulaVersion: z.string() };

const variantSchema = z.object({
  job: z.string(),
  environment: z.string().nullable(),
  ...figures,
});

export const testExplanationSchema = z
  .object({
    test: testRefSchema,
    state: z.enum(healths),
    variant: variantSchema,
    otherVariants: z.array(variantSchema),
    ...common,
    ...judged,
    units: z
      .array(
        z.object({
          commit: z.string().describe('Or the id of a run that named none'),
          at: instant,
          isPull: z.boolean().describe('Not of the default branch'),
          failing: z.number().min(0).describe('Effective attempts: a retry counts less'),
          passing: z.number().min(0),
          gap: count.describe('Commits of the default branch since the unit before'),
          breakage: probability.describe('P(the code broke) here'),
          good: probability.describe('P(the failures say something of the test), by all units'),
          broken: probability.describe('P(broken) after it, by the units up to it'),
          weight: probability.describe('What it counts, for its age'),
        }),
      )
      .describe('What each commit said, oldest first; at most 256'),
    isComplete: z.boolean().describe('false: not all units could be read again'),
  })
  .meta({ id: 'TestExplanation' });

export const gradeExplanationSchema = z
  .object({
    repo: z.string(),
    ...common,
    judgedThrough: uuid.nullable(),
    formulaVersion: z.string().nullable(),
    inputHash: z.string().nullable(),
    standing: z.array(testRefSchema).describe('Tests that fail for good; the first 50'),
    runs: z
      .array(
        z.object({
          runId: uuid,
          at: instant,
          total: count,
          failed: count,
          flaky: count,
          severity: probability.describe('1 red, 0.4 flaky, 0 green'),
          weight: probability.describe('For its age beside the newest'),
          url: z.string(),
        }),
      )
      .describe('The newest 50 of the default branch'),
  })
  .meta({ id: 'GradeExplanation' });

export const incidentExplanationSchema = z
  .object({
    id: z.string(),
    ...common,
    evidence: z.array(incidentEvidenceSchema),
  })
  .meta({ id: 'IncidentExplanation' });
