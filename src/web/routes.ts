import type { Operation } from '../contract/operation.ts';
import { type OperationName, operations } from '../contract/operations.ts';
import type { Policy } from '../domain/principal.ts';
import { postBatch } from './api/batch.ts';
import { getIncident, listIncidents } from './api/incidents.ts';
import { deleteKey, getKeys, postKey } from './api/keys.ts';
import { getOpenApi, healthz, readyz } from './api/meta.ts';
import { postCtrf, postGotest, postJunit } from './api/reports.ts';
import { getRepo, getTrend, listRepos, listRuns, listSuites } from './api/repos.ts';
import { getRun, listCases, postTestRun } from './api/test-runs.ts';
import { getTest, listTests } from './api/tests.ts';
import { getUsage } from './api/usage.ts';
import type { Handler } from './context.ts';
import { apiDocsPage } from './pages/api-docs.ts';
import { asset } from './pages/asset.ts';
import { overviewPage } from './pages/overview.ts';
import { repoPage } from './pages/repo.ts';
import { runPage } from './pages/run.ts';
import { finishSetup, setupPage } from './pages/setup.ts';

/** Every URL of the appliance on one wall: method, path, policy, handler. */
export type Route = {
  method: Operation['method'];
  path: string | RegExp;
  policy: Policy;
  handle: Handler;
  /** the body is read as it streams in and may take longer */
  streams?: boolean;
};

const api = (name: OperationName, handle: Handler): Route => {
  const { method, path, policy, streams = false }: Operation = operations[name];
  return { method, path: path.replaceAll(/\{(\w+)\}/g, ':$1'), policy, handle, streams };
};

const page = (path: string | RegExp, handle: Handler): Route => ({
  method: 'get',
  path,
  policy: 'page',
  handle,
});

export const routes: Route[] = [
  api('postTestRun', postTestRun),
  api('postBatch', postBatch),
  api('postJunit', postJunit),
  api('postCtrf', postCtrf),
  api('postGotest', postGotest),
  api('listRepos', listRepos),
  api('listRuns', listRuns),
  api('getRun', getRun),
  api('listCases', listCases),
  api('getRepo', getRepo),
  api('listTests', listTests),
  api('getTest', getTest),
  api('listSuites', listSuites),
  api('getTrend', getTrend),
  api('listIncidents', listIncidents),
  api('getIncident', getIncident),
  api('usage', getUsage),
  api('listKeys', getKeys),
  api('createKey', postKey),
  api('revokeKey', deleteKey),
  api('openapi', getOpenApi),
  api('healthz', healthz),
  api('readyz', readyz),

  page('/', overviewPage),
  page(/^\/r\/(.+?)\/-\/runs\/([^/]+)$/, runPage),
  page(/^\/r\/((?:(?!\/-\/).)+)$/, repoPage),
  page('/docs/api', apiDocsPage),
  { method: 'get', path: '/setup', policy: 'setup', handle: setupPage },
  { method: 'post', path: '/setup', policy: 'setup', handle: finishSetup },
  { method: 'get', path: '/assets/:digest/:name', policy: 'public', handle: asset },
];
