import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/**
 * What of a page's looks can be held to: pixels differ between machines, these do not. Run in the
 * page, which knows the DOM; as text, because this program does not.
 */
export const widths = [360, 768, 1440];
export const themes = ['light', 'dark'] as const;

export type Fault = { rule: string; html: string; what: string };

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const unfolding = `document.querySelectorAll('details').forEach((details) => (details.open = true))`;
const overflowing = `document.documentElement.scrollWidth - document.documentElement.clientWidth`;
const auditing = (options: string) => `axe.run({ resultTypes: ['violations'], ${options} })
  .then(({ violations }) => violations.map(({ id, nodes: [node] }) => ({
    rule: id, html: node.html.slice(0, 200), what: node.failureSummary })))`;
const shifting = `new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(sum), 200);
})`;

/** Opens all that can be folded. */
export const unfold = (page: Page): Promise<void> => page.evaluate(unfolding);

/** How far the page can be scrolled sideways, px; 0 where it fits. */
export const overflowOf = (page: Page): Promise<number> => page.evaluate(overflowing);

/** How much moved since the page began to load; 0 where nothing did. */
export const shiftOf = (page: Page): Promise<number> => page.evaluate(shifting);

/** What axe finds in the dark and the light theme; the page must have been opened with `bypassCSP`. */
export async function faultsOf(page: Page): Promise<Fault[]> {
  await page.addScriptTag({ path: axe });
  await page.emulateMedia({ colorScheme: 'dark' });
  const faults = await page.evaluate<Fault[]>(auditing(''));
  await page.emulateMedia({ colorScheme: 'light' });
  // Themes differ in colours alone.
  return [...faults, ...(await page.evaluate<Fault[]>(auditing("runOnly: ['color-contrast']")))];
}
