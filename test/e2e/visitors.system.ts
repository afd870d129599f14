import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { makePerson } from '../helpers/sign-in.ts';

const timeout = 30_000;
const password = 'a few plain words';

/** What can be done on a page: a list of what can be reached, each once. */
const places = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter((element) => !element.disabled && element.tabIndex >= 0 && element.type !== 'hidden' && element.checkVisibility())`;
const countPlaces = `(() => {
  const names = new Set();
  return ${places}.filter(({ type, name }) => type !== 'radio' || !names.has(name) && names.add(name)).length;
})()`;
/** Which of them has the focus, and whether it is seen to have it. */
const focused = `(() => {
  const { activeElement } = document;
  if (activeElement === document.body) return null;
  const { outlineStyle, boxShadow } = getComputedStyle(activeElement);
  return {
    place: ${places}.indexOf(activeElement),
    isSeen: outlineStyle !== 'none' || boxShadow !== 'none',
    html: activeElement.outerHTML.slice(0, 200),
  };
})()`;
type Focus = { place: number; isSeen: boolean; html: string } | null;

describe('people who visit', () => {
  let appliance: Appliance;
  let browser: Browser;
  let test: string;
  before(async () => {
    appliance = await openAppliance();
    const args = ['--no-sandbox'];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args, timeout });
    test = (await postJudgedHistory(appliance)).testId;
    await appliance.post({ repo: 'acme/open', summary: { total: 1, passed: 1, failed: 0 } });
    const { store } = appliance;
    await store.accounts.setRepoPublic(1, 'acme/open', true, theOperator, Date.now());
    await makePerson(store, { login: 'vera', password, role: 'viewer' });
    await makePerson(store, { login: 'adam', password, role: 'admin' });
  });
  after(async () => {
    await browser?.close();
    await appliance?.close();
  });

  async function visit(javaScriptEnabled: boolean, use: (page: Page) => Promise<void>) {
    const context = await browser.newContext({ javaScriptEnabled });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(timeout);
      await use(page);
    } finally {
      await context.close();
    }
  }

  async function signIn(page: Page, login: string): Promise<void> {
    await page.getByLabel('User name or e-mail address').fill(login);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = `${javaScriptEnabled ? 'with' : 'without'} JavaScript`;

    it(`a stranger sees what is public, and is led to the sign-in for the rest, ${how}`, async () => {
      await visit(javaScriptEnabled, async (page) => {
        await page.goto(appliance.url);
        await page.getByRole('link', { name: 'acme/open', exact: true }).first().waitFor();
        assert.equal(await page.getByText('acme/web').count(), 0);
        assert.equal(await page.getByRole('link', { name: 'Settings' }).count(), 0);

        const hidden = `/r/acme/web/-/tests/${test}`;
        const answer = await page.goto(appliance.url + hidden);
        assert.doesNotMatch((await page.locator('main').textContent())!, /lost|broken/);
        if (answer!.status() === 404) await page.getByRole('link', { name: 'Sign in' }).click();
        await signIn(page, 'vera');
        await page.waitForURL(`${appliance.url}${hidden}`);
        await page.getByRole('heading', { level: 1, name: /lost/ }).waitFor();
      });
    });

    it(`a viewer reads everything and is told what they may not do, ${how}`, async () => {
      await visit(javaScriptEnabled, async (page) => {
        await page.goto(`${appliance.url}/login`);
        await signIn(page, 'vera');
        await page.getByRole('link', { name: 'acme/web', exact: true }).first().click();
        await page.getByRole('link', { name: 'Settings', exact: true }).click();
        await page.getByRole('heading', { level: 1, name: 'My account' }).waitFor();
        for (const tab of ['API keys', 'Members', 'Audit log']) {
          assert.equal(await page.getByRole('link', { name: tab }).count(), 0, tab);
        }
        for (const path of ['keys', 'members', 'repos', 'usage', 'audit']) {
          const answer = await page.goto(`${appliance.url}/settings/${path}`);
          assert.equal(answer!.status(), 403, path);
          assert.match((await page.locator('main').textContent())!, /admin/, path);
        }
      });
    });
  }

  it('the keyboard reaches everything that can be done, and it is seen where it is', async () => {
    await visit(true, async (page) => {
      await page.goto(`${appliance.url}/login`);
      await signIn(page, 'adam');
      await page.getByRole('heading', { level: 1, name: 'Repos' }).waitFor();
      const repo = '/r/acme/web';
      const parts = ['runs', 'tests', 'flaky', 'suites', 'incidents', 'clusters', `tests/${test}`];
      const settings = ['account', 'keys', 'members', 'repos', 'usage', 'audit'];
      for (const path of [
        ...['/', repo, ...parts.map((part) => `${repo}/-/${part}`), '/docs', '/docs/install'],
        ...settings.map((tab) => `/settings/${tab}`),
      ]) {
        await page.goto(appliance.url + path);
        await reachAll(page, path);
      }
    });
  });

  async function reachAll(page: Page, path: string): Promise<void> {
    const wanted = await page.evaluate<number>(countPlaces);
    const reached = new Set<number>();
    // A date is one place with several stops, which the browser draws itself.
    let last = -1;
    for (let i = 0; i <= wanted + 20; i++) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate<Focus>(focused);
      if (focus === null || (reached.has(focus.place) && focus.place !== last)) break;
      assert.ok(focus.isSeen || focus.place === last, `${path}: ${focus.html}`);
      last = focus.place;
      if (focus.place >= 0) reached.add(focus.place);
    }
    assert.equal(reached.size, wanted, path);
  }
});
