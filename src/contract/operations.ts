import { z } from 'zod';
import type { Policy } from '../domain/principal.ts';
import type { ErrorCode } from '../errors.ts';
import { caseListQuery, repoListQuery, runListQuery } from './queries.ts';
import {
  acceptedSchema,
  caseSchema,
  healthSchema,
  listOf,
  repoSchema,
  runDetailSchema,
  runSchema,
} from './responses.ts';
import { testRunSchema } from './test-run.ts';

/**
 * Every operation that a program may call: the routes are registered from this table and the
 * OpenAPI document is printed from it, so neither can name what the other lacks.
 */
export type Operation = {
  method: 'get' | 'post';
  /** with `{name}` for parameters */
  path: string;
  policy: Policy;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** what succeeds: status and shape */
  answers: { status: number; description: string; schema: z.ZodType | null }[];
  /** beside those of every request */
  errors: ErrorCode[];
};

/** What any request can come to, whatever it asks for. */
export const errorsOfEveryRequest: ErrorCode[] = [
  'bad_request',
  'timeout',
  'expectation_failed',
  'headers_too_large',
];

const readErrors: ErrorCode[] = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'internal',
];

export const operations = {
  postTestRun: {
    method: 'post',
    path: '/api/v1/test-runs',
    policy: 'ingest',
    summary: 'Post a test run',
    description:
      'Answers 202 only after the run is durably stored. Cases beyond 10,000 are dropped; the summary persists. ' +
      'A duplicate field counts with its last value. On 429 wait the seconds of Retry-After.',
    body: testRunSchema,
    answers: [{ status: 202, description: 'Stored', schema: acceptedSchema }],
    errors: [
      'bad_request',
      'unauthorized',
      'forbidden',
      'idempotency_key_reused',
      'too_large',
      'unsupported_type',
      'rate_limited',
      'storage_failure',
      'busy',
    ],
  },
  listRepos: {
    method: 'get',
    path: '/api/v1/repos',
    policy: 'read',
    summary: 'List the repos that the key may read',
    query: repoListQuery,
    answers: [{ status: 200, description: 'A page of repos, by name', schema: listOf(repoSchema) }],
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
