import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { seeded } from '../bench/workload.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { sizeFaults } from '../helpers/page-bounds.ts';
import { readPage } from '../helpers/read-page.ts';

const tests = 10_000;
const repos = 1_000;
const runs = 16;
const large = 'acme/large';
const loads = 7;
const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Long names that nothing compresses. */
const random = seeded(7);
const word = (length: number): string =>
  Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
const names = Array.from({ length: tests }, () => word(300));
const suites = Array.from({ length: 1_000 }, () => word(200));

/** ms since the visit began */
const firstPaint = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const paint = list.getEntriesByName('first-contentful-paint')[0];
    if (paint) resolve(paint.startTime);
  }).observe({ type: 'paint', buffered: true });
})`;

/** One run of all the tests; a few fail now and then, some for good. */
function largeRun(run: number): object {
  const cases = names.map((name, i) => {
    const isFailing = (i < 30 && run > 9) || (i % 40 === 0 && (run + i / 40) % 3 === 0);
    return {
      ...{ suite: suites[i % suites.length]!, name, durationMs: 5 + (i % 90) },
      ...(isFailing
        ? { status: 'failed', errorMessage: `${word(600)} of ${i}` }
        : { status: 'passed' }),
    };
  });
  const failed = cases.filter(({ status }) => status === 'failed').length;
  const startedAt = new Date(Date.now() - (runs - run) * 6 * 3_600_000).toISOString();
  const summary = { total: tests, passed: tests - failed, failed, durationMs: 90_000 };
  return { repo: large, branch: 'main', commit: word(40), job: 'unit', startedAt, summary, cases };
}

describe('an appliance of 1,000 repos, one of them with 10,000 tests', () => {
  let appliance: Appliance;
  let browser: Browser;
  let cookie: { name: string; value: string; url: string };
  const paths = ['/', '/?sort=name', `/r/${large}`];

  before(async () => {
    appliance = await openAppliance();
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
    await fill();
    const [name, value] = (await appliance.signIn()).split('=') as [string, string];
    cookie = { name, value, url: appliance.url };
  });
  after(async () => {
    await browser?.close();
    await appliance?.close();
  });

  async function fill(): Promise<void> {
    const { url, key, store } = appliance;
    const lines = Array.from({ length: repos }, (_, i) => {
      const summary = { total: 9, passed: 8, failed: 1, durationMs: 1000 + i };
      return JSON.stringify({ repo: `${word(40)}/${word(60)}-${i}`, branch: word(60), summary });
    });
    const sent = await fetch(`${url}/api/v1/test-runs/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'x-api-key': key },
      body: lines.join('\n'),
    });
    assert.equal(sent.status, 207);
    let last = '';
    for (let i = 0; i < runs; i++) {
      const answer = await appliance.post(largeRun(i));
      last = ((await answer.json()) as { id: string }).id;
    }
    while (!(await store.judging()).isDone) await sleep(100);
    await addPaths(last);
  }

  async function addPaths(run: string): Promise<void> {
    const list = async (path: string) => {
      const answer = await appliance.get(`/api/v1/repos/acme%2Flarge${path}?limit=1`);
      const { items } = (await answer.json()) as { items: Record<string, string>[] };
      assert.ok(items.length > 0, path);
      return items[0]!;
    };
    const parts = [
      ...['runs', 'tests', 'tests?sort=name', 'flaky', 'suites', 'incidents', 'clusters'],
      ...[`runs/${run}`, `runs/${run}?status=failed`, `runs/${run}?q=a`],
      `tests/${(await list('/tests')).id}`,
      `incidents/${(await list('/incidents')).id}`,
      `clusters/${(await list('/clusters')).fingerprint}`,
    ];
    paths.push(...parts.map((part) => `/r/${large}/-/${part}`));
    paths.push('/docs', '/docs/api', '/docs/install', '/settings/repos', '/settings/audit');
  }

  it('has no page over 400 KB, 100 KB compressed', async () => {
    for (const path of paths) {
      const headers = { cookie: `${cookie.name}=${cookie.value}` };
      const { status, html } = await readPage(appliance.url + path, headers);
      assert.deepEqual([status, ...sizeFaults(html)], [200], path);
    }
  });

  it('sends at most 150 KB beside the page on a first visit', async () => {
    const context = await browser.newContext();
    await context.addCookies([cookie]);
    const page = await context.newPage();
    const sizes: Promise<number>[] = [];
    page.on('requestfinished', (request) => {
      if (request.resourceType() === 'document') return;
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await page.goto(appliance.url, { waitUntil: 'load' });
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    await context.close();
    assert.ok(sizes.length >= 2 && bytes > 1_000, 'style and script');
    assert.ok(bytes <= 150_000, `${bytes} bytes`);
  });

  it('paints within 300 ms when nothing is cached', async (t) => {
    for (const path of ['/', `/r/${large}`, paths.find((one) => one.includes('/tests/'))!]) {
      const times: number[] = [];
      for (let i = 0; i < loads; i++) {
        const context = await browser.newContext();
        await context.addCookies([cookie]);
        const page = await context.newPage();
        // So that the browser has its process for this site; nothing of a page is in it.
        await page.goto(`${appliance.url}/healthz`);
        await page.goto(appliance.url + path);
        times.push(await page.evaluate<number>(firstPaint));
        await context.close();
      }
      t.diagnostic(`${path}: ${times.map(Math.round)} ms`);
      // The quickest: the others tell what else the machine does.
      assert.ok(Math.min(...times) <= 300, `${path}: ${times.map(Math.round)} ms`);
    }
  });
});
