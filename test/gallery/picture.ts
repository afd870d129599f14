/** Draws docs/overview.png and docs/repo.png: two pages of the demo, as a browser shows them. */
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { openDemo } from './demo.ts';

const docs = join(import.meta.dirname, '../../docs');
const width = 1280;
const pictures = { overview: '/', repo: '/r/demo/billing' };

const demo = await openDemo();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({ colorScheme: 'light' });
  for (const [name, path] of Object.entries(pictures)) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(demo.url + path);
    const { height } = (await page.locator('main').boundingBox())!;
    await page.setViewportSize({ width, height: Math.min(1100, Math.ceil(height) + 40) });
    await page.screenshot({ path: join(docs, `${name}.png`) });
  }
} finally {
  await browser.close();
  await demo.close();
}
