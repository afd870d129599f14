import { z } from 'zod';
import { outcomes, statuses } from '../domain/model.ts';
import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import { invalidBody } from './issues.ts';

/** Query parameters. Unknown ones are ignored, repeated ones refused, empty ones absent. */

const text = (max: number) => z.string().max(max).optional();
export const pageSize = z.coerce
  .number()
  .int()
  .min(1)
  .max(limits.pageSize.value)
  .default(limits.pageSizeDefault.value)
  .describe('Items per page');
const numericCursor = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a cursor from an earlier answer')
  .transform(Number)
  .optional()
  .describe('From `next` of the page before');

export const suiteText = text(limits.nameLength.value + 16);
export const searchText = text(limits.searchLength.value);

export const repoListQuery = z.object({
  limit: pageSize,
  cursor: text(limits.slugLength.value).describe('From `next` of the page before'),
  q: searchText.describe('Part of the name'),
});

export const auditQuery = z.object({ limit: pageSize, cursor: numericCursor });

export const runListQuery = z.object({
  limit: pageSize,
  cursor: numericCursor,
  branch: text(limits.refLength.value),
  commit: text(limits.refLength.value),
  runKey: text(limits.refLength.value),
  status: z.enum(outcomes).optional().describe('What the run came to'),
});

export const caseListQuery = z.object({
  limit: pageSize,
  cursor: numericCursor,
  status: z.enum(statuses).optional(),
  suite: suiteText,
  q: searchText.describe('Part of suite or name, ignoring case'),
});

/** What a person types or clicks; searches that are too long are cut, as the field itself would. */
export const searched = z
  .string()
  .transform((text) => text.slice(0, limits.searchLength.value))
  .optional();

/** By what the list of all repos can be sorted; what needs somebody first, names from A. */
const repoSorts = ['attention', 'name', 'grade', 'passRate', 'flaky', 'lastRun'] as const;
export type RepoSort = (typeof repoSorts)[number];

export const overviewQuery = z.object({
  cursor: repoListQuery.shape.cursor,
  q: searched,
  sort: z.enum(repoSorts).default('attention'),
});

export const livePageQuery = z.object({ repo: text(limits.slugLength.value) });

const badgeMetrics = ['grade', 'flakiness', 'passRate'] as const;
export type BadgeMetric = (typeof badgeMetrics)[number];

export const badgeQuery = z.object({ metric: z.enum(badgeMetrics).default('grade') });

export const repoPageQuery = z.object({
  days: z.enum(['28', '90']).default('90').transform(Number),
});

/** How a list answers: as a page, or as a table for a spreadsheet. */
export const listFormat = z.enum(['html', 'csv']).default('html');

export const runsPageQuery = runListQuery.omit({ limit: true }).extend({ format: listFormat });

export const runPageQuery = z.object({
  status: caseListQuery.shape.status,
  suite: caseListQuery.shape.suite,
  q: searched,
  page: z.coerce.number().int().min(1).max(limits.count.value).default(1),
});

const flag = z
  .enum(['0', '1', 'false', 'true'])
  .default('0')
  .transform((value) => value === '1' || value === 'true')
  .describe('1: check and answer as usual, store nothing');

export const dryRunQuery = z.object({ dryRun: flag });

export type Query = Record<string, string | string[] | undefined>;

/** Reads a parsed query string by a schema; a fault is a 400 that names the parameter. */
export function readQuery<T extends z.ZodType>(schema: T, query: Query): z.infer<T> {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) {
      if (!(name in (schema as unknown as z.ZodObject).shape)) continue;
      throw new AppError('bad_request', `${name} may be given once only`, { path: name });
    }
    if (value !== undefined && value !== '') single[name] = value;
  }
  const parsed = schema.safeParse(single);
  if (parsed.success) return parsed.data;
  const { message, path } = invalidBody(parsed.error, single);
  throw new AppError('bad_request', message, { path });
}
