import { z } from 'zod';
import { outcomes, statuses } from '../domain/model.ts';
import { plans } from '../domain/quota.ts';

/** Answers of the API. Times are ISO 8601 in UTC, durations ms. */

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().describe('For the program'),
      message: z.string().describe('For the person'),
      path: z.string().optional().describe('Where the fault is, such as cases[3].status'),
    }),
  })
  .meta({ id: 'Error' });

const warningSchema = z
  .object({ code: z.string(), message: z.string(), path: z.string().optional() })
  .meta({ id: 'Warning' });

export const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const instant = z.iso.datetime();
export const count = z.int().min(0);

export const acceptedSchema = z
  .object({
    id: uuid.describe('Id of the upload'),
    accepted: z.literal(true),
    casesStored: count,
    casesDropped: count,
    warnings: z.array(warningSchema).describe('What was odd but accepted'),
    url: z.string().describe('Page of the run'),
  })
  .meta({ id: 'Accepted' });

const problemSchema = z.object({
  code: z.string().describe('For the program'),
  message: z.string().describe('For the person'),
  path: z.string().optional().describe('Where the fault is, such as cases[3].status'),
});

export const batchSchema = z
  .object({
    results: z
      .array(
        z.union([
          acceptedSchema.extend({ index: count, status: z.literal(202) }),
          z.object({ index: count, status: z.int().min(400).max(599), error: problemSchema }),
        ]),
      )
      .describe('In the order of the runs'),
  })
  .meta({ id: 'BatchResults' });

export const usageSchema = z
  .object({
    plan: z.enum(plans),
    creditsUsed: count.describe('This month, the asking request included'),
    creditsLimit: count.nullable().describe('null: unlimited'),
    creditsLeft: count.nullable(),
    resetAt: instant.describe('End of the month (UTC)'),
  })
  .meta({ id: 'Usage' });

const summarySchema = z
  .object({
    total: count,
    passed: count,
    failed: count,
    skipped: count,
    flaky: count,
    durationMs: z.int().min(0).nullable(),
  })
  .meta({ id: 'Summary' });

export const runSchema = z
  .object({
    id: uuid.describe('Id of the first upload of the run'),
    repo: z.string(),
    commit: z.string().nullable(),
    branch: z.string().nullable(),
    framework: z.string().nullable(),
    ciProvider: z.string().nullable(),
    runKey: z.string().nullable(),
    job: z.string().nullable(),
    environment: z.string().nullable(),
    runUrl: z.string().nullable(),
    receivedAt: instant,
    startedAt: instant,
    outcome: z.enum(outcomes),
    attempts: count.describe('Highest attempt seen'),
    uploads: count.describe('Posts that make up the run'),
    summary: summarySchema,
    casesStored: count,
    casesDropped: count,
    url: z.string(),
  })
  .meta({ id: 'Run' });

export const runDetailSchema = runSchema
  .extend({
    warnings: z.array(warningSchema),
    parts: z
      .array(
        z.object({
          id: uuid,
          attempt: count,
          shard: z.object({ index: count, total: count }).nullable(),
          job: z.string().nullable(),
          receivedAt: instant,
          summary: summarySchema,
          casesStored: count,
          casesDropped: count,
        }),
      )
      .describe('The uploads of the run, in order of receipt'),
    shardsMissing: z.array(count).describe('Shards announced but not received in any attempt'),
    otherJobs: z
      .array(
        z.object({
          id: uuid,
          job: z.string().nullable(),
          environment: z.string().nullable(),
          framework: z.string().nullable(),
          outcome: z.enum(outcomes),
          url: z.string(),
        }),
      )
      .describe('The runs of the same runKey, those that failed first; at most 50'),
  })
  .meta({ id: 'RunDetail' });

export const caseSchema = z
  .object({
    testId: z.string().regex(/^[0-9a-f]{16}$/),
    suite: z.string(),
    name: z.string(),
    status: z.enum(statuses),
    durationMs: z.int().min(0).nullable(),
    attempts: z.int().min(1),
    errorMessage: z.string().nullable(),
    stack: z.string().nullable(),
    file: z.string().nullable(),
    line: count.nullable(),
  })
  .meta({ id: 'RunCase' });

export const repoSchema = z
  .object({
    repo: z.string(),
    createdAt: instant,
    lastRun: runSchema.nullable(),
    url: z.string(),
  })
  .meta({ id: 'Repo' });

export const listOf = (item: z.ZodType) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Cursor of the next page; null on the last one'),
  });

export const healthSchema = z.object({ status: z.string() }).meta({ id: 'Health' });
