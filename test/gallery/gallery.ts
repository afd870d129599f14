/**
 * Shows every page of the demo at three widths in both themes, and holds each to what does not
 * differ between machines. `npm run gallery -- FOLDER` keeps the pictures there (build/out/gallery).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { faultsOf, overflowOf, shiftOf, themes, unfold, widths } from '../helpers/layout-facts.ts';
import { openDemo } from './demo.ts';
import { findPlaces } from './places.ts';

const folder = process.argv[2] ?? join(import.meta.dirname, '../../build/out/gallery');
/** Score of layout-shift entries: a table finds its widths while its rows come in, where a machine is slow. */
const mostShift = 0.02;
const mostBytes = { plain: 400_000, packed: 100_000 };

/** Every fault of one page as a line; the picture is taken as it first appears. */
async function look(page: Page, place: string, picture: string): Promise<string[]> {
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
  await page.screenshot({ path: picture, fullPage: true });
  await unfold(page);
  const overflow = await overflowOf(page);
  const faults = await faultsOf(page);
  return [
    ...sizeFaults(body),
    ...(shift < mostShift ? [] : [`moves by ${shift} while it loads`]),
    ...(overflow === 0 ? [] : [`scrolls ${overflow} px sideways`]),
    ...faults.map(({ rule, html, what }) => `${rule}: ${html}\n    ${what}`),
    ...complaints,
  ];
}

function sizeFaults(body: Buffer): string[] {
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
  const packed = brotliCompressSync(body, quick).length;
  if (body.length <= mostBytes.plain && packed <= mostBytes.packed) return [];
  return [`is ${body.length} bytes long, ${packed} compressed`];
}

async function lookAt(browser: Browser, places: Map<string, string>): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of themes) {
    for (const width of widths) {
      const viewport = { width, height: 900 };
      const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true });
      for (const [name, place] of places) {
        const page = await context.newPage();
        const picture = `${name}-${width}-${colorScheme}.png`;
        const found = await look(page, place, join(folder, picture));
        faults.push(...found.map((fault) => `${picture}: ${fault}`));
        await page.close();
      }
      await context.close();
    }
  }
  return faults;
}

mkdirSync(folder, { recursive: true });
const demo = await openDemo();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage();
  const places = await findPlaces(page, demo.url);
  const faults = await lookAt(browser, places);
  console.log(
    `${places.size} pages at ${widths.length} widths in ${themes.length} themes: ${folder}`,
  );
  for (const fault of faults) console.log(`  ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await browser.close();
  await demo.close();
}
