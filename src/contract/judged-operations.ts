import { clusterListQuery, clusterSchema, runFailuresSchema } from './clusters.ts';

import {
  explainTestQuery,
  gradeExplanationSchema,
  incidentExplanationSchema,
  testExplanationSchema,
} from './explanations.ts';
import { incidentListQuery, suiteListQuery, testListQuery, trendQuery } from './judged-queries.ts';
import {
  dailySeriesSchema,
  incidentLineSchema,
  incidentSchema,
  judgedListOf,
  repoJudgementSchema,
  suiteSchema,
  testDetailSchema,
  testSchema,
} from './judged-responses.ts';
import { type Operation, readErrors } from './operation.ts';
import { repoSettingsSchema, settingsAnswerSchema } from './repo-settings.ts';

const read = {
  method: 'get',
  policy: 'read',
  errors: [...readErrors, 'not_found'],
} as const satisfies Partial<Operation>;

/** Reads of what the uploads are judged to be. */
export const judgedOperations = {
  getRepo: {
    ...read,
    path: '/api/v1/repos/{repo}',
    summary: 'One repo: its grade with all that it is made of, and its settings',
    answers: [{ status: 200, description: 'The repo', schema: repoJudgementSchema }],
  },
  listTests: {
    ...read,
    path: '/api/v1/repos/{repo}/tests',
    summary: 'List the tests of a repo',
    description:
      'Each over its variants: the worst state, the highest probabilities, the sums of the counts.',
    query: testListQuery,
    answers: [{ status: 200, description: 'A page of tests', schema: judgedListOf(testSchema) }],
  },
  getTest: {
    ...read,
    path: '/api/v1/repos/{repo}/tests/{testId}',
    summary: 'One test with its history, clusters and incidents',
    answers: [{ status: 200, description: 'The test', schema: testDetailSchema }],
  },
  listSuites: {
    ...read,
    path: '/api/v1/repos/{repo}/suites',
    summary: 'List the suites of a repo, by name',
    query: suiteListQuery,
    answers: [{ status: 200, description: 'A page of suites', schema: judgedListOf(suiteSchema) }],
  },
  getTrend: {
    ...read,
    path: '/api/v1/repos/{repo}/trend',
    summary: 'A figure of a repo, day by day',
    query: trendQuery,
    answers: [{ status: 200, description: 'The series', schema: dailySeriesSchema }],
  },
  listIncidents: {
    ...read,
    path: '/api/v1/repos/{repo}/incidents',
    summary: 'List the incidents of a repo, newest first',
    query: incidentListQuery,
    answers: [
      { status: 200, description: 'A page of incidents', schema: judgedListOf(incidentLineSchema) },
    ],
  },
  putRepoSettings: {
    method: 'put',
    path: '/api/v1/repos/{repo}/settings',
    policy: 'admin',
    summary: 'Decide which branch of a repo is the default one',
    description: 'With `since`, what was decided for later times is replaced.',
    body: {
      'application/json': { schema: repoSettingsSchema, example: { defaultBranch: 'main' } },
    },
    answers: [{ status: 200, description: 'Decided', schema: settingsAnswerSchema }],
    errors: [...readErrors, 'not_found', 'too_large', 'unsupported_type'],
  },
  explainTest: {
    ...read,
    path: '/api/v1/repos/{repo}/tests/{testId}/explain',
    summary: 'How the numbers of a test came about',
    description:
      'Of one variant: each commit with what was made of it, each number with its formula.',
    query: explainTestQuery,
    answers: [{ status: 200, description: 'Step by step', schema: testExplanationSchema }],
  },
  explainGrade: {
    ...read,
    path: '/api/v1/repos/{repo}/explain',
    summary: 'How the grade of a repo came about',
    answers: [{ status: 200, description: 'Step by step', schema: gradeExplanationSchema }],
  },
  explainIncident: {
    ...read,
    path: '/api/v1/incidents/{id}/explain',
    summary: 'Why an incident was opened, and what ends it',
    answers: [{ status: 200, description: 'Step by step', schema: incidentExplanationSchema }],
  },
  getIncident: {
    ...read,
    path: '/api/v1/incidents/{id}',
    summary: 'One incident: since when, by which commit, how sure',
    answers: [{ status: 200, description: 'The incident', schema: incidentSchema }],
  },
  listClusters: {
    ...read,
    path: '/api/v1/repos/{repo}/clusters',
    summary: 'What fails in a repo, the newest first',
    description:
      'Failures that say nearly the same are a cluster, which keeps its fingerprint. ' +
      'A repo keeps at most 5,000 fingerprints, those that were seen last.',
    query: clusterListQuery,
    answers: [
      { status: 200, description: 'A page of clusters', schema: judgedListOf(clusterSchema) },
    ],
  },
  getFailureGroups: {
    ...read,
    path: '/api/v1/test-runs/{id}/failure-groups',
    summary: 'The failures of a run by probable cause',
    answers: [{ status: 200, description: 'Groups, the largest first', schema: runFailuresSchema }],
  },
} as const satisfies Record<string, Operation>;
