import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { createKey } from '../../src/actions/keys.ts';
import { systemClock } from '../../src/clock.ts';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { untilJudged } from '../helpers/judged-history.ts';
import { hour } from '../helpers/pictured-runs.ts';
import { polyglots } from '../helpers/polyglots.ts';

const timeout = 30_000;
const repo = 'acme/web';

/** What a page must not have: anything that a browser would run or style by. */
const inline = `[...document.querySelectorAll('*')].flatMap((element) => {
  const found = [...element.attributes].map(({ name, value }) => name + '=' + value);
  return found.filter((one) => /^(on|style=|srcdoc=)|^(href|src|action|formaction|xlink:href)=\\s*(javascript|data:text)/i.test(one));
}).concat([...document.querySelectorAll('style, script:not([src]), iframe, base, object, embed, meta[http-equiv]')]
  .map((element) => element.outerHTML.slice(0, 200)))`;

/** Every text of a run is one of them, another one in each field and run. */
function hostileRun(i: number) {
  const text = (k: number, most = 1000): string =>
    polyglots[(i + k) % polyglots.length]!.slice(0, most);
  const broken = i >= 40;
  const cases = polyglots.map((name, k) => {
    const status = broken && k < 3 ? 'failed' : k === i % polyglots.length ? 'flaky' : 'passed';
    return {
      ...{
        suite: polyglots[(k + 7) % polyglots.length]!,
        name,
        status,
        durationMs: 40,
        file: text(k + 1),
        line: 3,
      },
      ...(status !== 'passed' && { errorMessage: name, stack: text(k + 2), attempts: 2 }),
    };
  });
  const count = (status: string) => cases.filter((one) => one.status === status).length;
  const flaky = count('flaky');
  const failed = count('failed');
  return {
    ...{ repo, commit: `${i} ${text(0, 200)}` },
    ...{
      runKey: text(3, 255),
      environment: polyglots[1]!,
      job: polyglots[0]!,
      runUrl: link(text(4)),
    },
    ...{ tags: [text(5)], branch: polyglots[2]! },
    startedAt: new Date(Date.now() - (50 - i) * 3 * hour).toISOString(),
    summary: { total: cases.length, passed: cases.length - failed - flaky, failed, flaky },
    cases,
  };
}

const link = (text: string): string => `https://ci.example/?${text.replaceAll(/[^!-~]/g, '+')}`;

describe('a hostile repo', () => {
  let appliance: Appliance;
  let browser: Browser;
  let cookie: { name: string; value: string; url: string };
  let paths: string[];

  before(async () => {
    appliance = await openAppliance();
    const args = ['--no-sandbox'];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args, timeout });
    let last = '';
    for (let i = 0; i < 46; i++) {
      const answer = await appliance.post(hostileRun(i));
      const body = await answer.text();
      assert.equal(answer.status, 202, body);
      last = (JSON.parse(body) as { id: string }).id;
    }
    await untilJudged(appliance, last);
    await nameSettings();
    const [name, value] = (await appliance.signIn({ login: polyglots[0]! })).split('=') as [
      string,
      string,
    ];
    cookie = { name, value, url: appliance.url };
    paths = await everyPage(last);
  });
  after(async () => {
    await browser?.close();
    await appliance?.close();
  });

  /** Keys and invitations by these names, which the audit log repeats. */
  async function nameSettings(): Promise<void> {
    const { store } = appliance;
    const context = { store, clock: systemClock, authenticator: null };
    for (const text of polyglots) {
      const note = text.slice(0, 100);
      await createKey(context, { name: note, repos: [], workspaceId: 1 });
      const invitation = { workspaceId: 1, role: 'viewer', note } as const;
      await store.accounts.createInvitation(invitation, theOperator, Date.now());
    }
  }

  async function everyPage(run: string): Promise<string[]> {
    const list = async (path: string) => {
      const answer = await appliance.get(`/api/v1/repos/acme%2Fweb${path}`);
      return ((await answer.json()) as { items: Record<string, string>[] }).items;
    };
    const tests = await list('/tests?limit=200');
    const incidents = await list('/incidents?limit=200');
    const clusters = await list('/clusters?limit=200');
    const found = [tests, incidents, clusters].map(({ length }) => length);
    assert.ok(found[0]! >= 40 && found[1]! > 0 && found[2]! >= 5, `${found}`);
    const parts = [
      ...['', '/-/runs', `/-/runs/${run}`, '/-/tests', '/-/flaky', '/-/suites', '/-/incidents'],
      ...['/-/clusters', ...tests.map(({ id }) => `/-/tests/${id}`)],
      ...incidents.map(({ id }) => `/-/incidents/${id}`),
      ...clusters.map(({ fingerprint }) => `/-/clusters/${fingerprint}`),
    ];
    const q = encodeURIComponent(polyglots[1]!);
    const searches = ['/?q=', `/r/${repo}/-/tests?q=`, `/r/${repo}/-/clusters?q=`];
    const asked = [...searches, `/r/${repo}/-/runs?branch=`, `/r/${repo}/-/runs/${run}?q=`];
    const settings = ['account', 'keys', 'members', 'repos', 'usage', 'audit'];
    return [
      ...['/', ...parts.map((part) => `/r/${repo}${part}`), ...asked.map((path) => path + q)],
      ...[`/r/${encodeURIComponent(polyglots[1]!)}`, ...settings.map((one) => `/settings/${one}`)],
    ];
  }

  for (const bypassCSP of [false, true]) {
    const wall = bypassCSP ? 'also without the content security policy' : 'and the policy holds';
    it(`nothing of it runs on any page, ${wall}`, async () => {
      const context = await browser.newContext({ bypassCSP });
      await context.addCookies([cookie]);
      const complaints: string[] = [];
      try {
        const page = await context.newPage();
        page.setDefaultTimeout(timeout);
        page.on('dialog', (dialog) => {
          complaints.push(`${page.url()}: a dialog`);
          void dialog.dismiss();
        });
        page.on('console', (message) => {
          const isExpected = /status of 404/.test(message.text());
          if (message.type() === 'error' && !isExpected)
            complaints.push(`${page.url()}: ${message.text()}`);
        });
        page.on('request', (request) => {
          if (!request.url().startsWith(appliance.url))
            complaints.push(`asks for ${request.url()}`);
        });
        for (const path of paths) {
          await page.goto(appliance.url + path);
          assert.equal(await page.evaluate('window.pwned'), undefined, path);
          assert.deepEqual(await page.evaluate(inline), [], path);
          assert.equal(await page.locator('main').isVisible(), true, path);
        }
        assert.deepEqual(complaints, []);
      } finally {
        await context.close();
      }
    });
  }

  it('its pages stay within their bounds', async () => {
    const headers = { cookie: `${cookie.name}=${cookie.value}`, accept: 'text/html' };
    for (const path of paths) {
      const html = await (await fetch(appliance.url + path, { headers })).text();
      assert.ok(Buffer.byteLength(html) <= 400_000, `${path}: ${Buffer.byteLength(html)} bytes`);
    }
  });
});
