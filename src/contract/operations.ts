import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import { limits } from '../limits.ts';
import { ctrfExample, gotestExample, junitExample, runExample } from './examples.ts';
import { judgedOperations } from './judged-operations.ts';
import { repoStandingSchema } from './judged-responses.ts';
import { keySchema, madeKeySchema, newKeySchema } from './keys.ts';
import { type Operation, readErrors } from './operation.ts';
import { auditQuery, caseListQuery, dryRunQuery, repoListQuery, runListQuery } from './queries.ts';
import { reportQuery } from './report-fields.ts';
import {
  acceptedSchema,
  batchSchema,
  caseSchema,
  healthSchema,
  listOf,
  runDetailSchema,
  runSchema,
  usageSchema,
} from './responses.ts';
import { testRunSchema } from './test-run.ts';
import {
  auditEntrySchema,
  invitationSchema,
  memberSchema,
  newInvitationSchema,
  roleSchema,
} from './users.ts';

const ingestErrors: ErrorCode[] = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'idempotency_key_reused',
  'too_large',
  'unsupported_type',
  'rate_limited',
  'storage_failure',
  'busy',
];

const text = z.string();
const binary = z.string().meta({ format: 'binary' });
const report = (summary: string, description: string, body: NonNullable<Operation['body']>) =>
  ({
    method: 'post',
    policy: 'ingest',
    summary,
    description: `${description} Metadata are query parameters; the run is counted from its cases.`,
    query: reportQuery,
    body,
    answers: [{ status: 202, description: 'Stored', schema: acceptedSchema }],
    errors: ingestErrors,
  }) satisfies Omit<Operation, 'path'>;

/**
 * Every operation that a program may call: the routes are registered from this table and the
 * OpenAPI document is printed from it, so neither can name what the other lacks.
 */
export const operations = {
  postTestRun: {
    method: 'post',
    path: '/api/v1/test-runs',
    policy: 'ingest',
    summary: 'Post a test run',
    description:
      'Answers 202 only after the run is durably stored. Cases beyond 10,000 are dropped; the summary persists. ' +
      'A duplicate field counts with its last value. On 429 wait the seconds of Retry-After.',
    query: dryRunQuery,
    body: { 'application/json': { schema: testRunSchema, example: runExample } },
    answers: [{ status: 202, description: 'Stored', schema: acceptedSchema }],
    errors: ingestErrors,
  },
  postBatch: {
    method: 'post',
    path: '/api/v1/test-runs/batch',
    streams: true,
    policy: 'ingest',
    summary: 'Post many test runs',
    description:
      'Each run is stored or refused on its own. One request for the rate limit, a credit for each run. ' +
      'As a JSON list of up to 100 runs, or streamed with one run a line, up to 1,000. ' +
      'A fault in the stream after its first run is the last verdict: what was stored before it is told.',
    query: dryRunQuery,
    body: {
      'application/json': {
        schema: z.object({ runs: z.array(testRunSchema).min(1).max(limits.runsPerBatch.value) }),
        example: { runs: [runExample] },
      },
      'application/x-ndjson': { schema: text, example: `${JSON.stringify(runExample)}\n` },
    },
    answers: [{ status: 207, description: 'A verdict for each run', schema: batchSchema }],
    errors: ingestErrors,
  },
  postJunit: {
    path: '/api/v1/test-runs/junit',
    streams: true,
    ...report(
      'Post JUnit XML',
      'The report as the body, or a form with any number of files, which become one run.',
      {
        'application/xml': { schema: text, example: junitExample },
        'multipart/form-data': {
          schema: z.object({ repo: text.optional(), files: z.array(binary) }),
        },
      },
    ),
  },
  postCtrf: {
    path: '/api/v1/test-runs/ctrf',
    ...report('Post a CTRF report', 'Common Test Report Format.', {
      'application/json': {
        schema: z.looseObject({ results: z.looseObject({}) }),
        example: ctrfExample,
      },
    }),
  },
  postGotest: {
    path: '/api/v1/test-runs/gotest',
    streams: true,
    ...report('Post the output of go test -json', 'Lines that are no JSON are passed over.', {
      'application/x-ndjson': { schema: text, example: gotestExample },
    }),
  },
  listRepos: {
    method: 'get',
    path: '/api/v1/repos',
    policy: 'read',
    summary: 'List the repos that the key may read',
    query: repoListQuery,
    answers: [
      { status: 200, description: 'A page of repos, by name', schema: listOf(repoStandingSchema) },
    ],
    errors: readErrors,
  },
  listRuns: {
    method: 'get',
    path: '/api/v1/repos/{repo}/runs',
    policy: 'read',
    summary: 'List the runs of a repo, newest first',
    query: runListQuery,
    answers: [{ status: 200, description: 'A page of runs', schema: listOf(runSchema) }],
    errors: [...readErrors, 'not_found'],
  },
  getRun: {
    method: 'get',
    path: '/api/v1/test-runs/{id}',
    policy: 'read',
    summary: 'One run, by the id of any of its uploads',
    answers: [{ status: 200, description: 'The run', schema: runDetailSchema }],
    errors: [...readErrors, 'not_found'],
  },
  listCases: {
    method: 'get',
    path: '/api/v1/test-runs/{id}/cases',
    policy: 'read',
    summary: 'The cases of a run, in order of appearance',
    query: caseListQuery,
    answers: [{ status: 200, description: 'A page of cases', schema: listOf(caseSchema) }],
    errors: [...readErrors, 'not_found'],
  },
  ...judgedOperations,
  usage: {
    method: 'get',
    path: '/api/v1/usage',
    policy: 'read',
    summary: 'Plan and credits of the workspace',
    answers: [{ status: 200, description: 'As of now', schema: usageSchema }],
    errors: readErrors,
  },
  listKeys: {
    method: 'get',
    path: '/api/v1/keys',
    policy: 'admin',
    summary: 'List the keys of the workspace, without the keys themselves',
    answers: [{ status: 200, description: 'All of them', schema: listOf(keySchema) }],
    errors: readErrors,
  },
  createKey: {
    method: 'post',
    path: '/api/v1/keys',
    policy: 'admin',
    summary: 'Make a key',
    description: 'The answer shows the key, once. A key can give no more repos than it has.',
    body: {
      'application/json': {
        schema: newKeySchema,
        example: { name: 'ci of acme/web', scopes: ['ingest'], repos: ['acme/web'] },
      },
    },
    answers: [{ status: 201, description: 'Made', schema: madeKeySchema }],
    errors: [...readErrors, 'too_large', 'unsupported_type'],
  },
  revokeKey: {
    method: 'delete',
    path: '/api/v1/keys/{id}',
    policy: 'admin',
    summary: 'Revoke a key; its next request is refused',
    answers: [{ status: 204, description: 'Revoked', schema: null }],
    errors: [...readErrors, 'not_found'],
  },
  listUsers: {
    method: 'get',
    path: '/api/v1/users',
    policy: 'admin',
    summary: 'List the members of the workspace',
    answers: [{ status: 200, description: 'All of them', schema: listOf(memberSchema) }],
    errors: readErrors,
  },
  inviteUser: {
    method: 'post',
    path: '/api/v1/users',
    policy: 'admin',
    summary: 'Invite somebody into the workspace',
    description: 'The answer shows a link, once: whoever opens it first chooses name and password.',
    body: {
      'application/json': {
        schema: newInvitationSchema,
        example: { role: 'member', note: 'Ada of the web team' },
      },
    },
    answers: [{ status: 201, description: 'Invited', schema: invitationSchema }],
    errors: [...readErrors, 'conflict', 'too_large', 'unsupported_type'],
  },
  changeRole: {
    method: 'put',
    path: '/api/v1/users/{id}',
    policy: 'admin',
    summary: 'Give a member another role',
    description: 'A workspace keeps at least one admin.',
    body: { 'application/json': { schema: roleSchema, example: { role: 'viewer' } } },
    answers: [{ status: 200, description: 'The member as it is now', schema: memberSchema }],
    errors: [...readErrors, 'not_found', 'conflict', 'too_large', 'unsupported_type'],
  },
  removeUser: {
    method: 'delete',
    path: '/api/v1/users/{id}',
    policy: 'admin',
    summary: 'Take a member out of the workspace',
    description: 'The account stays. A workspace keeps at least one admin.',
    answers: [{ status: 204, description: 'No member any more', schema: null }],
    errors: [...readErrors, 'not_found', 'conflict'],
  },
  audit: {
    method: 'get',
    path: '/api/v1/audit',
    policy: 'admin',
    summary: 'What was done in the workspace, by whom and from where, newest first',
    query: auditQuery,
    answers: [{ status: 200, description: 'A page of entries', schema: listOf(auditEntrySchema) }],
    errors: readErrors,
  },
  openapi: {
    method: 'get',
    path: '/api/v1/openapi.json',
    policy: 'public',
    summary: 'This document',
    answers: [
      { status: 200, description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) },
    ],
    errors: [],
  },
  healthz: {
    method: 'get',
    path: '/healthz',
    policy: 'public',
    summary: 'Whether the process answers',
    answers: [{ status: 200, description: 'It does', schema: healthSchema }],
    errors: [],
  },
  readyz: {
    method: 'get',
    path: '/readyz',
    policy: 'public',
    summary: 'Whether runs are accepted now',
    answers: [{ status: 200, description: 'They are', schema: healthSchema }],
    errors: ['draining', 'not_ready'],
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
