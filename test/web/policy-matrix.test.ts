import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Policy, Scope } from '../../src/domain/principal.ts';
import { limits } from '../../src/limits.ts';
import { type Route, routes } from '../../src/web/routes.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { MovableClock } from '../helpers/movable-clock.ts';

/** What becomes of a request: it reached its handler, or why not. */
type Fate = 'in' | 401 | 403 | 404 | 'login';
/** Who asks; the last two are an admin's browser made to post by somebody else. */
const askers = [
  'nobody',
  'a wrong key',
  'a key: ingest',
  'a key: read',
  'a key: act',
  'a key: admin',
  'a key: all, other repos',
  'a key: all, other workspace',
  'a viewer',
  'a member',
  'an admin',
  'an admin, other workspace',
  'who runs the appliance',
  'an ended session',
  'an admin, silent',
  'an admin, cross-site',
] as const;
type Asker = (typeof askers)[number];

/** The answer to each asker, written down apart from the code that decides. */
type Row = Record<Asker, Fate>;
const row = (...fates: Fate[]): Row =>
  Object.fromEntries(askers.map((asker, i) => [asker, fates[i]!])) as Row;

// biome-ignore format: a table
const whole: Record<Policy, Row> = {
  //            nobody   wrong    ingest   read     act      admin    repos    foreign  viewer   member   admin    foreign  root     ended    silent   cross
  public:   row('in',    'in',    'in',    'in',    'in',    'in',    'in',    'in',    'in',    'in',    'in',    'in',    'in',    'in',    403,     403),
  page:     row('login', 'login', 'login', 'login', 'login', 'login', 'login', 'login', 'in',    'in',    'in',    'in',    'in',    'login', 403,     403),
  ingest:   row(401,     401,     'in',    403,     403,     403,     'in',    'in',    401,     401,     401,     401,     401,     401,     401,     401),
  read:     row(401,     401,     403,     'in',    403,     403,     'in',    'in',    'in',    'in',    'in',    'in',    'in',    401,     403,     403),
  act:      row(401,     401,     403,     403,     'in',    403,     'in',    'in',    403,     'in',    'in',    'in',    'in',    401,     403,     403),
  admin:    row(401,     401,     403,     403,     403,     'in',    'in',    'in',    403,     403,     'in',    'in',    'in',    401,     403,     403),
  manage:   row('login', 'login', 'login', 'login', 'login', 'login', 'login', 'login', 403,     403,     'in',    'in',    'in',    'login', 403,     403),
  account:  row('login', 'login', 'login', 'login', 'login', 'login', 'login', 'login', 'in',    'in',    'in',    'in',    'in',    'login', 403,     403),
  instance: row('login', 'login', 'login', 'login', 'login', 'login', 'login', 'login', 403,     403,     403,     403,     'in',    'login', 403,     403),
};

/** Of a private repo: it is not there for whoever may not see it. */
// biome-ignore format: a table
const ofRepo: Partial<Record<Policy, Partial<Row>>> = {
  page: { 'an admin, other workspace': 404 },
  read: { 'a key: all, other repos': 404, 'a key: all, other workspace': 404, 'an admin, other workspace': 404 },
  act:  { 'a key: all, other repos': 404, 'a key: all, other workspace': 404, 'an admin, other workspace': 404 },
};

/** Of the whole workspace, which a key of some repos has not. */
const wholeWorkspace = /^\/api\/v1\/(users|audit)/;

describe('every route and everybody', () => {
  const clock = new MovableClock({ isRunning: true, startMs: Date.now() });
  let appliance: Appliance;
  let targets: (route: Route) => string;
  const credentials = {} as Record<Asker, Record<string, string>>;

  before(async () => {
    appliance = await openAppliance({ app: { clock } });
    const { store } = appliance;
    const nowMs = clock.now();
    const old = await appliance.signIn({ nowMs: nowMs - limits.sessionMs.value });
    const foreign = await store.createWorkspace('Other', nowMs);
    const key = async (scopes: Scope[], more: object = {}) => {
      const facts = { workspaceId: 1, name: 'k', scopes, repos: [], expiresAtMs: null, ...more };
      return { 'x-api-key': (await store.createKey(facts, nowMs)).secret };
    };
    const all: Scope[] = ['ingest', 'read', 'act', 'admin'];
    const cookie = async (who: Parameters<Appliance['signIn']>[0]) => ({
      cookie: await appliance.signIn(who),
    });
    const admin = await cookie({ role: 'admin' });
    const own = { origin: appliance.url };
    const people: Record<Asker, Record<string, string>> = {
      nobody: {},
      'a wrong key': { 'x-api-key': 'nonsense' },
      'a key: ingest': await key(['ingest']),
      'a key: read': await key(['read']),
      'a key: act': await key(['act']),
      'a key: admin': await key(['admin']),
      'a key: all, other repos': await key(all, { repos: ['labs/*'] }),
      'a key: all, other workspace': await key(all, { workspaceId: foreign }),
      'a viewer': { ...(await cookie({ role: 'viewer' })), ...own },
      'a member': { ...(await cookie({ role: 'member' })), ...own },
      'an admin': { ...admin, ...own },
      'an admin, other workspace': { ...(await cookie({ workspaceId: foreign })), ...own },
      'who runs the appliance': { ...(await cookie({ isInstanceAdmin: true })), ...own },
      'an ended session': { cookie: old, ...own },
      'an admin, silent': admin,
      'an admin, cross-site': { ...admin, 'sec-fetch-site': 'cross-site' },
    };
    Object.assign(credentials, people);
    targets = await readTargets(appliance);
  });
  after(() => appliance.close());

  const ask = async (route: Route, asker: Asker): Promise<Fate> => {
    // Refused keys are counted per address: that is another test's matter.
    clock.advance(60_000);
    const answer = await fetch(appliance.url + targets(route), {
      method: route.method.toUpperCase(),
      redirect: 'manual',
      headers: { accept: 'text/html', ...credentials[asker] },
    });
    await answer.body?.cancel(); // a page that is kept fresh never ends
    if (/^\/login(\?|$)/.test(answer.headers.get('location') ?? '')) return 'login';
    if ([401, 403, 404].includes(answer.status)) return answer.status as Fate;
    return 'in';
  };
  for (const route of routes) {
    const title = `${route.method.toUpperCase()} ${route.path}`;
    it(`${title} (${route.policy})`, async () => {
      if (title === 'POST /logout') return; // it would end the sessions of this test
      for (const asker of askers) {
        const fate = await ask(route, asker);
        assert.equal(fate, expectedFate(route, asker, targets(route)), asker);
      }
    });
  }
});

function expectedFate({ method, path, policy }: Route, asker: Asker, target: string): Fate {
  const isRead = method === 'get';
  const someone = isRead && /^an admin, (silent|cross-site)$/.test(asker) ? 'an admin' : asker;
  const fate = whole[policy][someone];
  if (policy === 'page' && target.startsWith('/docs')) return 'in';
  if (policy === 'public' && target.startsWith('/assets/')) return 404;
  if (policy === 'public' && isRead && isDoor(path)) return 404;
  if (wholeWorkspace.test(target) && asker === 'a key: all, other repos') return 403;
  const isOfRepo = /acme|test-runs\/|incidents\//.test(target) && isRead;
  // A picture leads nobody to a login.
  if (target.startsWith('/badge/')) return (ofRepo.page![someone] ?? fate) === 'in' ? 'in' : 404;
  if (isOfRepo) return ofRepo[policy]?.[someone] ?? fate;
  return method === 'delete' && fate === 'in' ? 404 : fate;
}

/** A link without its token opens nothing. */
const isDoor = (path: string | RegExp): boolean =>
  ['/setup', '/join', '/reset'].includes(String(path));

/** A target for each route: of things that are there, where reading; of nothing, where changing. */
async function readTargets(appliance: Appliance): Promise<(route: Route) => string> {
  const { testId, incidentId } = await postJudgedHistory(appliance);
  const list = await appliance.get('/api/v1/repos/acme%2Fweb/runs?limit=1');
  const [{ id }] = ((await list.json()) as { items: [{ id: string }] }).items;
  const ids: [RegExp, string][] = [
    [/^\/api\/v1\/test-runs\//, id],
    [/^\/api\/v1\/incidents\//, incidentId],
    [/^/, '999999'],
  ];
  const clusters = await appliance.get('/api/v1/repos/acme%2Fweb/clusters');
  const [{ fingerprint }] = ((await clusters.json()) as { items: [{ fingerprint: string }] }).items;
  const parts = ['/-/runs', `/-/runs/${id}`, '/-/tests', `/-/tests/${testId}`, '/-/flaky'];
  parts.push('/-/suites', '/-/incidents', `/-/incidents/${incidentId}`, '/-/clusters');
  parts.push(`/-/clusters/${fingerprint}`);
  const pages = ['', ...parts].map((part) => `/r/acme/web${part}`);
  pages.push('/badge/acme/web.svg');
  const queries: Record<string, string> = { '/live': '?repo=acme%2Fweb' };
  return ({ path }) => {
    if (path instanceof RegExp) {
      const page = pages.find((one) => path.test(one));
      assert.ok(page, `say what ${path} stands for`);
      return page;
    }
    const values: Record<string, string> = {
      repo: 'acme%2Fweb',
      testId,
      digest: 'x',
      name: 'y.css',
      id: ids.find(([form]) => form.test(path))![1],
    };
    const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
      assert.ok(values[name], `say what :${name} of ${path} stands for`);
      return values[name];
    });
    return filled + (queries[path] ?? '');
  };
}
