import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { untilJudged } from '../helpers/judged-history.ts';
import { hour, others, runsOf } from '../helpers/pictured-runs.ts';
import { setUpByHand } from '../helpers/set-up-page.ts';

const timeout = 30_000;

/** Sixty commits in which one test passes on a retry now and then, and the others always. */
function history(): object[] {
  const shaky = Array.from({ length: 60 }, (_, i) => (i % 7 === 4 ? 'f' : '.')).join('');
  const startMs = Date.now() - 60 * 3 * hour;
  return runsOf({ ...others(60), shaky }, { startMs }).map(({ body }) => body);
}

describe('the way of a newcomer', () => {
  let browser: Browser;
  before(async () => {
    const args = ['--no-sandbox'];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args, timeout });
  });
  after(() => browser?.close());

  async function onNewAppliance(
    javaScriptEnabled: boolean,
    use: (page: Page, appliance: Appliance) => Promise<void>,
  ): Promise<void> {
    const appliance = await openAppliance();
    const context = await browser.newContext({ javaScriptEnabled });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(timeout);
      await use(page, appliance);
    } finally {
      await context.close();
      await appliance.close();
    }
  }

  async function makeKey(page: Page): Promise<string> {
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByLabel('What it is for').fill('CI of acme/web');
    await page.getByRole('button', { name: 'Make the key' }).click();
    return (await page.getByLabel('New API key').textContent())!.trim();
  }

  /** By the line that the page for newcomers gives; the id of the newest upload. */
  async function sendHistory(page: Page, key: string): Promise<string> {
    await page.getByRole('link', { name: 'Docs', exact: true }).click();
    await page.getByRole('link', { name: 'Send your results' }).first().click();
    const line = (await page.locator('#batch pre').textContent())!;
    const runs = history()
      .map((run) => JSON.stringify(run))
      .join('\n');
    const sent = promisify(execFile)(
      'sh',
      ['-c', line.replace('curl', 'curl -s --max-time 20').replace('@runs.ndjson', '@-')],
      { env: { ...process.env, QLENS_API_KEY: key } },
    );
    sent.child.stdin!.end(runs);
    const { results } = JSON.parse((await sent).stdout) as { results: { id: string }[] };
    assert.equal(results.length, 60);
    return results.at(-1)!.id;
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'with' : 'without';
    it(`leads from the set-up link to why a test is called flaky, ${how} JavaScript`, async () => {
      await onNewAppliance(javaScriptEnabled, async (page, appliance) => {
        await setUpByHand(page, appliance);
        const key = await makeKey(page);
        await untilJudged(appliance, await sendHistory(page, key));

        await page.getByRole('link', { name: 'Repos', exact: true }).first().click();
        await page.getByRole('link', { name: 'acme/web', exact: true }).first().click();
        await page.getByRole('link', { name: 'Runs', exact: true }).click();
        await page.locator('table.runs tbody tr a').first().click();
        await page.getByRole('heading', { level: 1, name: /passed/ }).waitFor();

        await page.getByRole('link', { name: /^Flaky/ }).click();
        await page.getByRole('link', { name: /shaky/ }).first().click();
        const heading = await page.getByRole('heading', { level: 1 }).textContent();
        assert.match(heading!, /shaky.*flaky/s);
        const why = await page.locator('.why').textContent();
        assert.match(why!, /P\(flaky\) is .*, at or above 0\.9/);
        await page.getByText('How these numbers came about').click();
        await page.locator('.formulas', { hasText: 'pFlaky' }).waitFor({ state: 'visible' });
        await page.getByRole('link', { name: 'What that means' }).click();
        await page.getByRole('heading', { level: 1, name: 'Flakiness' }).waitFor();
      });
    });
  }

  it('a run that arrives is there without a reload, and what was being written stays', async () => {
    await onNewAppliance(true, async (page, appliance) => {
      await setUpByHand(page, appliance);
      const run = { repo: 'acme/web', summary: { total: 1, passed: 1, failed: 0 } };
      await page.goto(appliance.url);
      await appliance.post(run);
      await page.getByRole('link', { name: 'acme/web', exact: true }).first().waitFor();

      await page.goto(`${appliance.url}/r/acme/web/-/runs`);
      await page.waitForTimeout(2500);
      await appliance.post({ ...run, branch: 'second' });
      await page.getByRole('cell', { name: 'second' }).waitFor();
      await page.getByLabel('Branch').fill('typ');
      await appliance.post({ ...run, branch: 'third' });
      await page.waitForTimeout(4000);
      assert.equal(await page.getByLabel('Branch').inputValue(), 'typ');
      await page.getByLabel('Branch').fill('');
      await page.getByLabel('Branch').blur();
      await appliance.post({ ...run, branch: 'fourth' });
      await page.getByRole('cell', { name: 'fourth' }).waitFor();
    });
  });
});
