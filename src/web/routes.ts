import type { Operation } from '../contract/operation.ts';
import { type OperationName, operations } from '../contract/operations.ts';
import type { Policy } from '../domain/principal.ts';
import { getAudit } from './api/audit.ts';
import { postBatch } from './api/batch.ts';
import { getFailureGroups, listClusters } from './api/clusters.ts';

import { explainGrade, explainIncident, explainTest } from './api/explain.ts';
import { getIncident, listIncidents } from './api/incidents.ts';
import { deleteKey, getKeys, postKey } from './api/keys.ts';
import { getOpenApi, healthz, readyz } from './api/meta.ts';
import { putRepoSettings } from './api/repo-settings.ts';
import { postCtrf, postGotest, postJunit } from './api/reports.ts';
import { getRepo, getTrend, listRepos, listRuns, listSuites } from './api/repos.ts';
import { getRun, listCases, postTestRun } from './api/test-runs.ts';
import { getTest, listTests } from './api/tests.ts';
import { getUsage } from './api/usage.ts';
import { deleteUser, getUsers, postUser, putUser } from './api/users.ts';
import type { Handler } from './context.ts';
import { asset } from './pages/asset.ts';
import { badge } from './pages/badge.ts';
import { clusterPage } from './pages/cluster.ts';
import { clustersPage } from './pages/clusters.ts';
import { docRoutes } from './pages/docs.ts';
import { flakyPage } from './pages/flaky.ts';
import { incidentPage } from './pages/incident.ts';
import { incidentsPage } from './pages/incidents.ts';
import { join, joinPage } from './pages/join.ts';
import { live } from './pages/live.ts';
import { loginPage, signIn, signOut } from './pages/login.ts';
import { overviewPage } from './pages/overview.ts';
import { repoPage } from './pages/repo.ts';
import { reset, resetPage } from './pages/reset.ts';
import { runPage } from './pages/run.ts';
import { runsPage } from './pages/runs.ts';
import { settingsPage } from './pages/settings.ts';
import { accountPage, changeName, changePassword, endSessions } from './pages/settings-account.ts';
import { auditPage } from './pages/settings-audit.ts';
import { keysPage, makeKey, stopKey } from './pages/settings-keys.ts';
import {
  changeRole,
  dropMember,
  inviteMember,
  membersPage,
  withdrawInvitation,
} from './pages/settings-members.ts';
import { reposPage, showRepo } from './pages/settings-repos.ts';
import { usagePage } from './pages/settings-usage.ts';
import { finishSetup, setupPage } from './pages/setup.ts';
import { suitesPage } from './pages/suites.ts';
import { testPage } from './pages/test.ts';
import { testsPage } from './pages/tests.ts';

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

/** A form that a person sends. */
const form = (path: string, policy: Policy, handle: Handler): Route => ({
  method: 'post',
  path,
  policy,
  handle,
});

/** A page and its form for who has not signed in; what they hold is the token in it. */
const door = (path: string, show: Handler, take: Handler): Route[] => [
  { method: 'get', path, policy: 'public', handle: show },
  form(path, 'public', take),
];

const settings = (path: string, policy: Policy, handle: Handler): Route => ({
  ...page(`/settings${path}`, handle),
  policy,
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
  api('getFailureGroups', getFailureGroups),
  api('listClusters', listClusters),
  api('getRepo', getRepo),
  api('listTests', listTests),
  api('getTest', getTest),
  api('listSuites', listSuites),
  api('getTrend', getTrend),
  api('listIncidents', listIncidents),
  api('getIncident', getIncident),
  api('putRepoSettings', putRepoSettings),
  api('explainTest', explainTest),
  api('explainGrade', explainGrade),
  api('explainIncident', explainIncident),
  api('usage', getUsage),
  api('listKeys', getKeys),
  api('createKey', postKey),
  api('revokeKey', deleteKey),
  api('listUsers', getUsers),
  api('inviteUser', postUser),
  api('changeRole', putUser),
  api('removeUser', deleteUser),
  api('audit', getAudit),
  api('openapi', getOpenApi),
  api('healthz', healthz),
  api('readyz', readyz),

  page('/', overviewPage),
  page(/^\/r\/(.+?)\/-\/runs\/([^/]+)$/, runPage),
  page(/^\/r\/(.+?)\/-\/runs$/, runsPage),
  page(/^\/r\/(.+?)\/-\/tests$/, testsPage),
  page(/^\/r\/(.+?)\/-\/flaky$/, flakyPage),
  page(/^\/r\/(.+?)\/-\/suites$/, suitesPage),
  page(/^\/r\/(.+?)\/-\/tests\/([^/]+)$/, testPage),
  page(/^\/r\/(.+?)\/-\/incidents$/, incidentsPage),
  page(/^\/r\/(.+?)\/-\/incidents\/([^/]+)$/, incidentPage),
  page(/^\/r\/((?:(?!\/-\/).)+)$/, repoPage),
  page(/^\/r\/(.+?)\/-\/clusters$/, clustersPage),
  page(/^\/r\/(.+?)\/-\/clusters\/([^/]+)$/, clusterPage),
  page(/^\/badge\/(.+)\.svg$/, badge),
  page('/live', live),
  ...Object.entries(docRoutes).map(([path, handle]) => page(path, handle)),
  ...door('/setup', setupPage, finishSetup),
  ...door('/join', joinPage, join),
  ...door('/reset', resetPage, reset),
  ...door('/login', loginPage, signIn),
  form('/logout', 'account', signOut),

  settings('', 'account', settingsPage),
  settings('/account', 'account', accountPage),
  form('/settings/account/name', 'account', changeName),
  form('/settings/account/password', 'account', changePassword),
  form('/settings/account/sessions', 'account', endSessions),
  settings('/keys', 'manage', keysPage),
  form('/settings/keys', 'manage', makeKey),
  form('/settings/keys/revoke', 'manage', stopKey),
  settings('/members', 'manage', membersPage),
  form('/settings/members', 'manage', inviteMember),
  form('/settings/members/role', 'manage', changeRole),
  form('/settings/members/remove', 'manage', dropMember),
  form('/settings/members/withdraw', 'manage', withdrawInvitation),
  settings('/repos', 'manage', reposPage),
  form('/settings/repos', 'manage', showRepo),
  settings('/usage', 'manage', usagePage),
  settings('/audit', 'manage', auditPage),
  { method: 'get', path: '/assets/:digest/:name', policy: 'public', handle: asset },
];
