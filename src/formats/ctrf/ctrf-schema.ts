import { z } from 'zod';

/**
 * The Common Test Report Format to the letter (ctrf.io, JSON schema of specification 1.0): nothing
 * unknown outside of `extra`, nothing null. Reports in the wild keep to less; the reader asks this
 * schema only in order to warn.
 */
const said = z.string().min(1);
const extra = z.record(z.string(), z.unknown()).optional();
const statuses = z.enum(['passed', 'failed', 'skipped', 'pending', 'other']);
const lines = z.array(z.string()).optional();
const uuid = z.guid();
const time = z.iso.datetime({ offset: true });
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const metric = z
  .strictObject({
    current: z.number().optional(),
    baseline: z.number().optional(),
    change: z.number().optional(),
  })
  .optional();

const attachment = z.strictObject({
  attachmentId: said.optional(),
  name: z.string(),
  contentType: z.string(),
  path: z.string(),
  extra,
});

const attempt = z.strictObject({
  attempt: z.int().min(1),
  attemptId: said.optional(),
  status: statuses,
  duration: z.int().optional(),
  message: z.string().optional(),
  trace: z.string().optional(),
  line: z.int().optional(),
  snippet: z.string().optional(),
  stdout: lines,
  stderr: lines,
  start: z.int().optional(),
  stop: z.int().optional(),
  attachments: z.array(attachment).optional(),
  extra,
});

const testInsights = z.strictObject({
  passRate: metric,
  failRate: metric,
  flakyRate: metric,
  averageTestDuration: metric,
  p95TestDuration: metric,
  executedInRuns: z.int().optional(),
  extra,
});

const test = z.strictObject({
  id: uuid.optional(),
  testId: said.optional(),
  executionId: said.optional(),
  name: said,
  status: statuses,
  duration: z.int(),
  start: z.int().optional(),
  stop: z.int().optional(),
  suite: z.array(z.string()).min(1).optional(),
  message: z.string().optional(),
  trace: z.string().optional(),
  snippet: z.string().optional(),
  ai: z.string().optional(),
  line: z.int().optional(),
  rawStatus: z.string().optional(),
  tags: lines,
  labels: z.record(z.string(), z.union([scalar, z.array(scalar).min(1)])).optional(),
  type: z.string().optional(),
  filePath: z.string().optional(),
  retries: z.int().optional(),
  retryAttempts: z.array(attempt).optional(),
  flaky: z.boolean().optional(),
  stdout: lines,
  stderr: lines,
  threadId: z.string().optional(),
  browser: z.string().optional(),
  device: z.string().optional(),
  screenshot: z.string().optional(),
  attachments: z.array(attachment).optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  steps: z.array(z.strictObject({ name: z.string(), status: statuses, extra })).optional(),
  insights: testInsights.optional(),
  extra,
});

const environment = z.strictObject({
  reportName: z.string().optional(),
  appName: z.string().optional(),
  appVersion: z.string().optional(),
  buildId: z.string().optional(),
  buildName: z.string().optional(),
  buildNumber: z.int().optional(),
  buildUrl: z.string().optional(),
  repositoryName: z.string().optional(),
  repositoryUrl: z.string().optional(),
  commit: z.string().optional(),
  branchName: z.string().optional(),
  osPlatform: z.string().optional(),
  osRelease: z.string().optional(),
  osVersion: z.string().optional(),
  testEnvironment: z.string().optional(),
  shardId: said.optional(),
  healthy: z.boolean().optional(),
  extra,
});

const summary = z.strictObject({
  tests: z.int(),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  pending: z.int(),
  other: z.int(),
  flaky: z.int().optional(),
  suites: z.int().optional(),
  start: z.int(),
  stop: z.int(),
  duration: z.int().optional(),
  extra,
});

const insights = z.strictObject({
  passRate: metric,
  failRate: metric,
  flakyRate: metric,
  averageRunDuration: metric,
  p95RunDuration: metric,
  averageTestDuration: metric,
  runsAnalyzed: z.int().optional(),
  extra,
});

const baseline = z.strictObject({
  reportId: uuid,
  timestamp: time.optional(),
  source: z.string().optional(),
  buildNumber: z.int().optional(),
  buildName: z.string().optional(),
  buildUrl: z.url().optional(),
  commit: z.string().optional(),
  extra,
});

export const ctrfSchema = z.strictObject({
  reportFormat: z.literal('CTRF'),
  specVersion: z.string().regex(/^[0-9]+\.[0-9]+\.[0-9]+$/),
  reportId: uuid.optional(),
  runId: said.optional(),
  timestamp: time.optional(),
  generatedBy: z.string().optional(),
  extra,
  results: z.strictObject({
    tool: z.strictObject({ name: said, version: z.string().optional(), extra }),
    summary,
    tests: z.array(test),
    environment: environment.optional(),
    extra,
  }),
  insights: insights.optional(),
  baseline: baseline.optional(),
});
