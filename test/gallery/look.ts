import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { faultsOf, overflowOf, shiftOf, themes, unfold, widths } from '../helpers/layout-facts.ts';
import { sizeFaults } from '../helpers/page-bounds.ts';
import { openDemo } from './demo.ts';
import { findPlaces } from './places.ts';

/** Score of layout-shift entries: a table finds its widths while its rows come in, where a machine is slow. */
const mostShift = 0.02;

export type Looked = { pages: number; faults: string[] };

/** Shows every page of the demo at all widths in both themes; pictures are kept where a folder is named. */
export async function lookAtDemo(folder: string | null): Promise<Looked> {
  const demo = await openDemo();
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage();
    const places = await findPlaces(page, demo.url);
    const faults = await Promise.all(
      widths.map((width) => lookAtWidth(browser, places, width, folder)),
    );
    return { pages: places.size, faults: faults.flat() };
  } finally {
    await browser.close();
    await demo.close();
  }
}

async function lookAtWidth(
  browser: Browser,
  places: Map<string, string>,
  width: number,
  folder: string | null,
): Promise<string[]> {
  const viewport = { width, height: 900 };
  const context = await browser.newContext({ viewport, bypassCSP: true });
  const faults: string[] = [];
  for (const [name, place] of places) {
    const page = await context.newPage();
    const found = await look(page, place, (theme) =>
      folder === null ? null : join(folder, `${name}-${width}-${theme}.png`),
    );
    faults.push(...found.map((fault) => `${name} at ${width}: ${fault}`));
    await page.close();
  }
  await context.close();
  return faults;
}

/** Every fault of one page as a line; the pictures are taken as it first appears. */
async function look(
  page: Page,
  place: string,
  pictureOf: (theme: string) => string | null,
): Promise<string[]> {
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isExpected = /status of 404/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !isExpected) {
      complaints.push(message.text());
    }
  });
  const answer = await page.goto(place);
  const body = await answer!.body();
  const shift = await shiftOf(page);
  for (const colorScheme of themes) {
    const path = pictureOf(colorScheme);
    if (path === null) continue;
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path, fullPage: true });
  }
  await unfold(page);
  const faults = await faultsOf(page);
  return [
    ...sizeFaults(body),
    ...(shift < mostShift ? [] : [`moves by ${shift} while it loads`]),
    ...((await overflowOf(page)) === 0 ? [] : ['scrolls sideways']),
    ...faults.map(({ rule, html, what }) => `${rule}: ${html}\n    ${what}`),
    ...complaints,
  ];
}
