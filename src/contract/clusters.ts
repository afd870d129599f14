import { z } from 'zod';
import { listFormat, pageSize, searched, searchText } from './queries.ts';
import { count, instant, uuid } from './responses.ts';

/** What failures have in common, over a repo and in one run. */

export const fingerprintForm = /^ef1:[0-9a-f]{32}$/;
const fingerprint = z
  .string()
  .regex(fingerprintForm)
  .describe('Of what the failures say, without what changes from run to run');
const sighting = z.object({
  at: instant.describe('Receipt'),
  runId: uuid,
  url: z.string().describe('Page of the run'),
});

export const clusterListQuery = z.object({
  limit: pageSize,
  cursor: z
    .string()
    .regex(/^\d{1,15}:[0-9a-f]{32}$/, 'must be a cursor from an earlier answer')
    .optional()
    .describe('From `next` of the page before'),
  q: searchText.describe('Part of the message or type, ignoring case'),
});

export const clustersPageQuery = clusterListQuery
  .omit({ limit: true })
  .extend({ q: searched, format: listFormat });

export const clusterSchema = z
  .object({
    fingerprint,
    type: z.string().nullable().describe('Name of the exception; null: none is told'),
    sample: z.string().nullable().describe('The first message of them; null: none has one'),
    failures: count.describe('Cases that failed, or flaked and said why'),
    tests: count,
    uploads: count.describe('In which it was seen; each shard of a run is one'),
    firstSeen: sighting,
    lastSeen: sighting,
  })
  .meta({ id: 'Cluster' });

const failureGroupSchema = z.object({
  fingerprint,
  message: z.string().nullable().describe('What most of them say; null: nothing'),
  failures: count.describe('Failed cases'),
  tests: z
    .array(z.object({ testId: z.string(), suite: z.string(), name: z.string() }))
    .describe('The first 20'),
  suites: z.array(z.string()).describe('The first 20'),
  firstSeen: sighting.nullable().describe('In the repo; null: not judged yet'),
});

export const runFailuresSchema = z
  .object({
    failures: count.describe('Failed cases of the run'),
    grouped: count.describe('How many of them were looked at: 2,000 at most'),
    causes: count.describe('Groups among these'),
    groups: z
      .array(failureGroupSchema)
      .describe('Failures that say nearly the same, or lie in one suite; the largest 100'),
  })
  .meta({ id: 'RunFailures' });
