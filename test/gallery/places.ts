import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Pages of the demo by name: where to begin, and the first link of this form to follow from there. */
const ways: Record<string, [path: string, ...links: RegExp[]]> = {
  overview: ['/'],
  'overview-search': ['/?q=none'],
  flaky: ['/r/demo/storefront'],
  broken: ['/r/demo/billing'],
  recovered: ['/r/demo/mobile?days=28'],
  empty: ['/r/demo/handbook'],
  runs: ['/r/demo/storefront/-/runs'],
  'run-failed': ['/r/demo/billing/-/runs?status=failed', /\/-\/runs\/[0-9a-f-]{36}$/],
  'run-large': ['/r/demo/platform/-/runs', /\/-\/runs\/[0-9a-f-]{36}$/],
  tests: ['/r/demo/platform/-/tests'],
  'tests-flaky': ['/r/demo/storefront/-/flaky'],
  'test-flaky': ['/r/demo/storefront/-/flaky', /\/-\/tests\/[0-9a-f]{16}$/],
  'test-broken': ['/r/demo/billing/-/tests', /\/-\/tests\/[0-9a-f]{16}$/],
  suites: ['/r/demo/storefront/-/suites'],
  'suites-none': ['/r/demo/handbook/-/suites'],
  incidents: ['/r/demo/mobile/-/incidents'],
  incident: ['/r/demo/mobile/-/incidents', /\/-\/incidents\/[0-9a-f]{16}$/],
  clusters: ['/r/demo/billing/-/clusters'],
  cluster: ['/r/demo/billing/-/clusters', /\/-\/clusters\/[^/?]+$/],
  'docs-grades': ['/docs/grades'],
  'docs-api': ['/docs/api'],
  login: ['/login'],
  missing: ['/r/demo/missing'],
};

/** Where each of them is, by name. */
export async function findPlaces(page: Page, url: string): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const [name, [path, ...links]] of Object.entries(ways)) {
    let place = url + path;
    for (const form of links) place = await follow(page, place, form);
    places.set(name, place);
  }
  return places;
}

/** The lists are tables; above some of them stands a strip of other runs. */
async function follow(page: Page, from: string, form: RegExp): Promise<string> {
  await page.goto(from);
  const hrefs = await page
    .locator('main table a[href]')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
  const href = hrefs.find((one) => form.test(one));
  assert.ok(href, `${from} has no link like ${form}`);
  return new URL(href, from).href;
}
