import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  ctrfExample,
  gotestExample,
  junitExample,
  runExample,
} from '../../src/contract/examples.ts';
import { docRoutes } from '../../src/web/pages/docs.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { decode, textOf, Visitor } from '../helpers/visitor.ts';

const files = {
  'junit.xml': junitExample,
  'ctrf-report.json': JSON.stringify(ctrfExample),
  'go-test.json': gotestExample,
  'runs.ndjson': `${JSON.stringify(runExample)}\n${JSON.stringify(runExample)}\n`,
};

describe('the documentation inside the appliance', () => {
  let appliance: Appliance;
  let visitor: Visitor;
  const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-guides-'));
  before(async () => {
    appliance = await openAppliance();
    visitor = new Visitor(appliance.url);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  });
  after(async () => {
    await appliance.close();
    rmSync(folder, { recursive: true });
  });

  it('the contents lead to every page, without signing in', async () => {
    const { html } = await visitor.open('/docs');
    const found = [...html.matchAll(/<a href="(\/docs\/[^"#]+)"/g)].map(([, path]) => path!);
    assert.deepEqual([...new Set(found)].sort(), Object.keys(docRoutes).slice(1).sort());
    for (const path of found) assert.equal((await visitor.open(path)).status, 200, path);
  });

  it('no link of a page leads nowhere', async () => {
    for (const path of Object.keys(docRoutes)) {
      const { html } = await visitor.open(path);
      for (const [, target] of html.matchAll(/<a [^>]*href="(\/docs[^"]*)"/g)) {
        const [page, anchor] = target!.split('#') as [string, string?];
        const there = page === '' ? { status: 200, html } : await visitor.open(page);
        assert.equal(there.status, 200, `${path} → ${target}`);
        if (anchor) assert.ok(there.html.includes(`id="${anchor}"`), `${path} → ${target}`);
      }
    }
  });

  it('every line of the page for newcomers works as it stands, with a key in the shell', async () => {
    const { html } = await visitor.open('/docs/install');
    const lines = [...html.matchAll(/<pre[^>]*aria-label="Command">(curl[\s\S]*?)<\/pre>/g)].map(
      ([, line]) => decode(line!),
    );
    assert.equal(lines.length, 5);
    for (const line of lines) {
      const { stdout } = await promisify(execFile)(
        'sh',
        ['-c', line.replace('curl', 'curl -s --max-time 20')],
        { cwd: folder, env: { ...process.env, QLENS_API_KEY: appliance.key } },
      );
      assert.match(stdout, /"accepted":true|"status":"accepted"|"results":\[\{[^\]]*"id"/, line);
      assert.doesNotMatch(stdout, /"error"/, line);
    }
  });

  it('the pages of the files tell their tables and keep their code', async () => {
    const { html } = await visitor.open('/docs/storage');
    assert.match(html, /<h2 id="blocks">Blocks<\/h2>/);
    assert.match(textOf(html), /qualitypilot\.db , -wal , -shm all facts; SQLite in WAL mode/);
  });
});
