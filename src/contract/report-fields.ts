import { z } from 'zod';
import { dryRunQuery } from './queries.ts';

/**
 * Metadata of a report in a foreign format: query parameters or form fields, with the names and
 * meanings of the JSON body. Lists are written with commas, a shard as 2/5. What they must be is
 * checked where the JSON body is.
 */
const text = z.string().optional();

export const reportQuery = dryRunQuery.extend({
  repo: text.describe('owner/name; required here or as a form field'),
  commit: text,
  branch: text,
  framework: text,
  ciProvider: text,
  runKey: text,
  runAttempt: text,
  shard: text.describe('index/total, such as 2/5'),
  job: text,
  environment: text,
  startedAt: text,
  commitTime: text,
  parents: text.describe('Commits, with commas between'),
  baseCommit: text,
  baseBranch: text,
  pullRequest: text,
  runUrl: text,
  tags: text.describe('With commas between'),
});

const reportFieldNames = Object.keys(reportQuery.shape).filter((name) => name !== 'dryRun');

/** Form fields or parameters → the fields of a posted run. Unknown ones are dropped. */
export function readReportFields(given: Record<string, unknown>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of reportFieldNames) {
    const value = given[name];
    if (typeof value === 'string' && value !== '') fields[name] = shapes[name]?.(value) ?? value;
  }
  return fields;
}

const list = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** A number where it is one; else the text, for the check of the body to refuse. */
const number = (value: string): number | string =>
  /^\d{1,15}$/.test(value) ? Number(value) : value;

const shapes: Record<string, (value: string) => unknown> = {
  runAttempt: number,
  parents: list,
  tags: list,
  shard: (value) => {
    const [, index, total] = /^(\d{1,9})\/(\d{1,9})$/.exec(value.trim()) ?? [];
    return index === undefined ? value : { index: Number(index), total: Number(total) };
  },
};
