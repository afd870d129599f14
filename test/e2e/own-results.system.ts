import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

const root = join(import.meta.dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: { test: string };
};

describe('the project’s own results', () => {
  let appliance: Appliance;
  before(async () => {
    appliance = await openAppliance();
  });
  after(() => appliance.close());

  it('are posted by `npm test` and seen on the page of the run', async () => {
    const some = scripts.test.replace(/'test\/.*'$/, "'test/domain/*.test.ts'");
    assert.notEqual(some, scripts.test, 'the script ends with its files');
    const env = { ...process.env, QLENS_ENDPOINT: appliance.url, QLENS_API_KEY: appliance.key };
    // Inside a test, node:test believes that a runner is its parent.
    delete (env as Record<string, unknown>).NODE_TEST_CONTEXT;
    const child = spawn('sh', ['-c', some], {
      cwd: root,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let printed = '';
    child.stderr.on('data', (chunk) => {
      printed += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0, printed);
    const [, url] = /results posted: (\S+)/.exec(printed) ?? assert.fail(printed);
    const cookie = await appliance.signIn();
    const page = await (await fetch(`${url!}?q=slug`, { headers: { cookie } })).text();
    assert.match(page, /test\/domain\/slug\.test\.ts › slug/);
    const run = (await (
      await appliance.get(`/api/v1/test-runs/${url!.split('/').at(-1)}`)
    ).json()) as { summary: { total: number; failed: number }; casesStored: number };
    assert.equal(run.summary.failed, 0);
    assert.ok(run.casesStored > 20 && run.casesStored === run.summary.total);
  });
});
