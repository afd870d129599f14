import { z } from 'zod';
import { healths } from '../domain/health.ts';
import { incidentKinds } from '../domain/incident-kinds.ts';
import { limits } from '../limits.ts';
import { explainTestQuery } from './explanations.ts';
import { listFormat, pageSize, searched, searchText, suiteText } from './queries.ts';

/** By what a list of tests can be sorted; all but the name with the highest (worst) first, none last. */
const testSorts = [
  'flakeRate',
  'pFlaky',
  'failures',
  'medianMs',
  'lastFailedAt',
  'falseRed',
  'state',
  'name',
] as const;
export type TestSort = (typeof testSorts)[number];

const trendMetricNames = ['grade', 'passRate', 'flakiness', 'falseRed', 'duration'] as const;
export type TrendMetric = (typeof trendMetricNames)[number];

const page = 'From `next` of the page before';
const badCursor = 'must be a cursor from an earlier answer';

const yesOrNo = z
  .enum(['0', '1', 'false', 'true'])
  .transform((value) => value === '1' || value === 'true')
  .optional();

export const testListQuery = z.object({
  limit: pageSize,
  cursor: z
    .string()
    .regex(/^(\d[\d.e+-]{0,30})?:\d{1,10}$/, badCursor)
    .transform((text) => {
      const [value, test] = text.split(':');
      return { value: value === '' ? null : Number(value), test: Number(test) };
    })
    .optional()
    .describe(page),
  state: z.enum(healths).optional().describe('Of the worst variant'),
  slow: yesOrNo.describe('1: tests that became slower; 0: the others'),
  suite: suiteText,
  q: searchText.describe('Part of suite or name, ignoring case'),
  sort: z.enum(testSorts).default('flakeRate').describe('Highest first, names from A'),
});

/** By what the page of suites can be sorted; the worst, largest or slowest first. */
const suiteSorts = ['grade', 'falseRed', 'flaky', 'tests', 'durationMs', 'name'] as const;
export type SuiteSort = (typeof suiteSorts)[number];

export const suiteListQuery = z.object({
  limit: pageSize,
  cursor: suiteText.describe(page),
});

export const trendQuery = z.object({
  metric: z.enum(trendMetricNames).default('grade'),
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(limits.trendDays.value)
    .default(limits.trendDaysDefault.value)
    .describe('How far back from the newest day with uploads'),
});

export const incidentListQuery = z.object({
  limit: pageSize,
  cursor: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{16}$/, badCursor)
    .transform((text) => {
      const [openedAtMs, id] = text.split(':');
      return { openedAtMs: Number(openedAtMs), id: id! };
    })
    .optional()
    .describe(page),
  state: z.enum(['open', 'resolved']).optional(),
  kind: z.enum(incidentKinds).optional(),
});

const listPage = { q: searched, format: listFormat };

export const testsPageQuery = testListQuery
  .omit({ limit: true })
  .extend({ ...listPage, sort: z.enum(testSorts).default('state') });

export const flakyPageQuery = testListQuery
  .omit({ limit: true, state: true, slow: true })
  .extend({ ...listPage, sort: z.enum(testSorts).default('falseRed') });

export const suitesPageQuery = z.object({
  ...listPage,
  cursor: suiteText,
  sort: z.enum(suiteSorts).default('grade'),
});

export const incidentsPageQuery = incidentListQuery.omit({ limit: true }).extend({
  format: listFormat,
});

export const testPageQuery = explainTestQuery.extend({ format: listFormat });
