import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { docRoutes } from '../../src/web/pages/docs.ts';
import { large, makeBody } from '../bench/workload.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import {
  type Fault,
  faultsOf,
  overflowOf,
  shiftOf,
  unfold,
  widths,
} from '../helpers/layout-facts.ts';
import { setUpByHand } from '../helpers/set-up-page.ts';
import { makePerson } from '../helpers/sign-in.ts';

const timeout = 30_000;

/** Cookies know no ports: a second appliance goes by another name. */
const otherName = (url: string): string => url.replace('127.0.0.1', 'localhost');
const stranger: BrowserContextOptions = { storageState: { cookies: [], origins: [] } };

/** Names that would break a layout. */
const longName =
  'platform/a-really-long-name-of-a-team/with-a-sub-group/and-a-very-long-service-name';
const longWord = 'x'.repeat(1_000);

describe('pages in a browser', () => {
  let appliance: Appliance;
  let empty: Appliance;
  let browser: Browser;
  let cookies: { name: string; value: string; url: string }[];
  /** one of each kind, by what it is */
  const paths: Record<string, string> = {};
  /** what somebody sees who has not signed in */
  const doors: Record<string, string> = {};

  before(async () => {
    [appliance, empty] = await Promise.all([openAppliance(), openAppliance()]);
    const args = ['--no-sandbox'];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args, timeout });
    await fill();
    cookies = await Promise.all([
      cookieOf(appliance, appliance.url),
      cookieOf(empty, otherName(empty.url)),
    ]);
  });

  const cookieOf = async ({ signIn }: Appliance, url: string) => {
    const [name, value] = (await signIn()).split('=') as [string, string];
    return { name, value, url };
  };
  after(async () => {
    await browser?.close();
    await Promise.all([appliance?.close(), empty?.close()]);
  });

  async function post(body: unknown): Promise<string> {
    const answer = await appliance.post(body);
    const json = (await answer.json()) as { url: string };
    assert.equal(answer.status, 202, JSON.stringify(json));
    return json.url;
  }

  async function fill(): Promise<void> {
    for (let i = 0; i < 35; i++) {
      const failed = i % 7 === 3 ? 2 : 0;
      const flaky = i % 7 === 5 ? 1 : 0;
      const summary = {
        total: 40,
        passed: 40 - failed - flaky,
        failed,
        flaky,
        durationMs: 1_000 * (20 + (i % 9)),
      };
      await post({
        repo: i < 4 ? longName : 'acme/web',
        branch: 'main',
        commit: `abcdef012345${i}`,
        framework: 'jest',
        summary,
      });
    }
    const cases = ['failed', 'flaky', 'skipped', 'passed'].map((status) => ({
      suite: longWord,
      name: `${status} ${longWord}`,
      status,
      durationMs: 1_234,
      attempts: 3,
      ...(status !== 'passed' && {
        errorMessage: `expected\n${longWord}`,
        stack: `at ${longWord}`,
      }),
      file: `${longWord.slice(0, 200)}.ts`,
      line: 3,
    }));
    const odd = {
      repo: 'acme/odd',
      branch: longWord.slice(0, 255),
      commit: longWord.slice(0, 255),
      runKey: longWord.slice(0, 255),
      job: longWord.slice(0, 255),
      environment: longWord.slice(0, 200),
      runUrl: `https://ci.example/${longWord}`,
    };
    const summary = { total: 9, passed: 1, failed: 1, flaky: 1, skipped: 1 };
    await post({ ...odd, shard: { index: 1, total: 5 }, summary, cases });
    paths.odd = await post({ ...odd, shard: { index: 3, total: 5 }, summary, cases });
    paths.run = await post(makeBody('acme/huge', 1, large));
    paths.overview = `${appliance.url}/`;
    const invitation = { workspaceId: 1, role: 'member', note: longWord.slice(0, 100) } as const;
    const { accounts } = appliance.store;
    await accounts.createInvitation(invitation, theOperator, Date.now());
    const { token } = await accounts.createInvitation(invitation, theOperator, Date.now());
    for (const tab of ['account', 'keys', 'members', 'repos', 'usage', 'audit']) {
      paths[tab] = `${appliance.url}/settings/${tab}`;
    }
    paths.noRepos = `${otherName(empty.url)}/settings/repos`;
    paths.join = `${appliance.url}/join?token=${token}`;
    paths.joinGone = `${appliance.url}/join?token=gone`;
    paths.resetGone = `${appliance.url}/reset?token=gone`;
    await accounts.setRepoPublic(1, 'acme/web', true, theOperator, Date.now());
    const login = 'forgetful';
    await makePerson(appliance.store, { login });
    const reset = await accounts.createReset(login, theOperator, Date.now());
    doors.overview = paths.overview;
    doors.repo = `${appliance.url}/r/acme/web`;
    doors.login = `${appliance.url}/login?next=/settings`;
    doors.nobody = `${otherName(empty.url)}/login`;
    doors.join = paths.join;
    doors.reset = `${appliance.url}/reset?token=${reset}`;
    paths.search = `${appliance.url}/?q=nothing`;
    paths.repo = `${appliance.url}/r/acme/web`;
    paths.oddRepo = `${appliance.url}/r/acme/odd`;
    paths.runs = `${appliance.url}/r/acme/web/-/runs`;
    paths.oddRuns = `${appliance.url}/r/acme/odd/-/runs`;
    for (const path of Object.keys(docRoutes)) paths[path] = appliance.url + path;
    await addJudgedPages();
    paths.error = `${appliance.url}/r/acme/none`;
    paths.empty = `${otherName(empty.url)}/`;
    paths.setup = `${otherName(empty.url)}/setup?token=${empty.app.firstStart!.setupToken}`;
    paths.setupGone = `${otherName(empty.url)}/setup?token=gone`;
  }

  /** What is judged of a repo in which a test breaks. */
  async function addJudgedPages(): Promise<void> {
    const { testId, incidentId } = await postJudgedHistory(appliance);
    const answer = await appliance.get('/api/v1/repos/acme%2Fweb/clusters');
    const { items } = (await answer.json()) as { items: { fingerprint: string }[] };
    const parts = ['tests', 'flaky', 'suites', 'incidents', 'clusters', `tests/${testId}`];
    parts.push(`incidents/${incidentId}`, `clusters/${items[0]!.fingerprint}`);
    await post({ repo: 'acme/web', summary: { total: 1, passed: 1, failed: 0 } });
    for (const part of parts) paths[part] = `${appliance.url}/r/acme/web/-/${part}`;
  }

  /** A page of its own that collects what the console complains about. */
  async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>) {
    const context = await browser.newContext(options);
    if (!options.storageState) await context.addCookies(cookies);
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(timeout);
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        const isExpected = /status of 404/.test(message.text());
        if (['error', 'warning'].includes(message.type()) && !isExpected)
          complaints.push(message.text());
      });
      await use(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  for (const javaScriptEnabled of [true, false]) {
    it(`lead from the overview to a case, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
      await withPage(
        { javaScriptEnabled, viewport: { width: 1280, height: 900 } },
        async (page) => {
          await page.goto(paths.overview!);
          await page.getByRole('link', { name: 'acme/huge', exact: true }).last().click();
          await page.getByRole('link', { name: 'Runs', exact: true }).click();
          await page.getByRole('row').nth(1).getByRole('link').first().click();
          const heading = await page.getByRole('heading', { level: 1 }).textContent();
          assert.match(heading!, /failed\s+\d+ failed of 10,000/);

          const tabs = page.getByRole('group', { name: 'Status' });
          const [, failed] = /(\d+)/.exec(
            (await tabs.getByRole('link', { name: /^failed/ }).textContent())!,
          )!;
          await tabs.getByRole('link', { name: /^failed/ }).click();
          await page.locator('.range', { hasText: `of ${failed}` }).waitFor();
          assert.equal(await page.locator('.case:not(.failed)').count(), 0);
          const message = page.locator('.case details').first();
          await message.locator('summary').click();
          assert.match(
            (await message.locator('pre').first().textContent())!.trim(),
            /^AssertionError/,
          );

          await tabs.getByRole('link', { name: /^all/ }).click();
          await page.getByRole('link', { name: 'Next →' }).click();
          await page.locator('.range', { hasText: '101–200 of 10,000' }).waitFor();
          assert.equal(await page.locator('.case').count(), 100);
          await page.getByRole('link', { name: 'Page 100', exact: true }).click();
          await page.locator('.range', { hasText: '9,901–10,000 of 10,000' }).waitFor();

          await page.getByLabel('Suite or name').fill('in case 9999');
          await page.getByRole('button', { name: 'Search', exact: true }).click();
          await page.locator('.range', { hasText: '1–1 of 1' }).waitFor();
        },
      );
    });
  }

  it('the overview is searched from the keyboard', async () => {
    await withPage({}, async (page) => {
      await page.goto(paths.repo!);
      await page.keyboard.press('/');
      await page.keyboard.type('HUGE');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\?q=HUGE$/);
      assert.equal(await page.locator('.repos tbody tr').count(), 1);
    });
  });

  it('the skip link is the first stop and leads to the content', async () => {
    await withPage({}, async (page) => {
      await page.goto(paths.overview!);
      await page.keyboard.press('Tab');
      assert.equal(await page.locator(':focus').textContent(), 'Skip to content');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator(':focus').getAttribute('id'), 'content');
    });
  });

  it('times stay current while the page is open', async () => {
    await withPage({}, async (page) => {
      await page.clock.install();
      await page.goto(paths.overview!);
      const time = page.locator('time').first();
      assert.equal(await time.textContent(), 'just now');
      await page.clock.runFor(5 * 60_000);
      assert.match((await time.textContent())!, /^[45]\u00a0min ago$/);
    });
  });

  it('the set-up form is accepted from its own page, and from nowhere else', async () => {
    const fresh = await openAppliance();
    try {
      await withPage(stranger, async (page) => {
        await setUpByHand(page, fresh);
      });
    } finally {
      await fresh.close();
    }
  });

  for (const width of widths) {
    for (const [who, options, seen] of [
      ['signed in', {}, paths],
      ['a stranger', stranger, doors],
    ] as const) {
      it(`have no fault that axe finds in both themes and fit into ${width} px, ${who}`, async () => {
        const viewport = { width, height: 900 };
        await withPage({ ...options, viewport, bypassCSP: true }, async (page) => {
          const faults: (Fault & { name: string })[] = [];
          for (const [name, path] of Object.entries(seen)) {
            await page.goto(path);
            await unfold(page);
            assert.equal(await overflowOf(page), 0, `${name} scrolls sideways`);
            const found = await faultsOf(page);
            faults.push(...found.map((fault) => ({ name, ...fault })));
          }
          assert.deepEqual(faults, []);
        });
      });
    }
  }

  it('keep their own content security policy, whatever is on them', async () => {
    await withPage({}, async (page) => {
      for (const path of Object.values(paths)) await page.goto(path);
    });
    await withPage(stranger, async (page) => {
      for (const path of Object.values(doors)) await page.goto(path);
    });
  });

  it('nothing moves while a page loads', async () => {
    await withPage({ viewport: { width: 360, height: 800 }, bypassCSP: true }, async (page) => {
      for (const path of [paths.overview!, paths.repo!, paths.run!]) {
        await page.goto(path);
        assert.equal(await shiftOf(page), 0, path);
      }
    });
  });
});
