/** Draws docs/overview.png: the first page of the demo, as a browser shows it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const root = join(import.meta.dirname, '..');
const patienceMs = 120_000;

/** The demo's address, once its history is in. */
async function startDemo() {
  const args = [join(root, 'src/main.ts'), 'demo', '--port', '0'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    const ended = once(child, 'close');
    if (child.kill('SIGTERM')) await ended;
  };
  let printed = '';
  const tooLate = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  for await (const chunk of child.stdout) {
    printed += chunk;
    const ready = /ready at (\S+)/.exec(printed);
    if (ready === null) continue;
    clearTimeout(tooLate);
    return { url: ready[1]!, stop };
  }
  throw new Error(`the demo ended before it was ready:\n${printed}`);
}

const demo = await startDemo();
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
  });
  await page.goto(demo.url);
  const { height } = (await page.locator('main').boundingBox())!;
  await page.setViewportSize({ width: 1280, height: Math.ceil(height) + 40 });
  await page.screenshot({ path: join(root, 'docs/overview.png') });
} finally {
  await browser.close();
  await demo.stop();
}
