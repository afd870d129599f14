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

/**
 * What a browser that draws while it still reads the page may move: the last line that it knows, by a few
 * pixels. A hundredth of what Web Vitals calls good, and nothing that anybody sees.
 */
const unseenShift = 0.001;

/** How much moved since the page began to load; 0 where nobody could see it. */
export async function shiftOf(page: Page): Promise<number> {
  const shift = await page.evaluate<number>(shifting);
  return shift < unseenShift ? 0 : shift;
}

/** What axe finds in the dark and the light theme; the page must have been opened with `bypassCSP`. */
export async function faultsOf(page: Page): Promise<Fault[]> {
  await page.addScriptTag({ path: axe });
  await page.emulateMedia({ colorScheme: 'dark' });
  const faults = await page.evaluate<Fault[]>(auditing(''));
  await page.emulateMedia({ colorScheme: 'light' });
  // Themes differ in colours alone.
  return [...faults, ...(await page.evaluate<Fault[]>(auditing("runOnly: ['color-contrast']")))];
}
