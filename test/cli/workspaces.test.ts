import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { printed, runProgram, startProgram, tempFolder } from '../helpers/run-program.ts';

type Listed = {
  id: number;
  name: string;
  plan: string;
  usage: { used: number; limit: number | null };
};

describe('workspaces', () => {
  const folder = tempFolder();
  const data = join(folder, 'data');
  const workspaces = (...args: string[]) => runProgram(['workspaces', ...args, '--data', data]);
  const list = async () => JSON.parse((await workspaces('list', '--json')).stdout) as Listed[];
  before(async () => {
    const running = startProgram(['--port', '0', '--data', data]);
    await printed(running, /is ready at/);
    running.child.kill();
    await running.ended;
  });
  after(() => rmSync(folder, { recursive: true }));

  it('a fresh appliance has one, on the plan team', async () => {
    const all = await list();
    assert.deepEqual(
      all.map(({ id, plan, usage }) => [id, plan, usage.limit]),
      [[1, 'team', null]],
    );
  });

  it('another one is made, put on a plan, and gets keys of its own', async () => {
    const { stdout } = await workspaces('create', '--name', 'Platform');
    assert.equal(stdout, '2\n');
    assert.equal((await workspaces('plan', '2', 'free', '--credits', '50')).code, 0);
    const [, second] = await list();
    assert.deepEqual([second!.name, second!.plan, second!.usage.limit], ['Platform', 'free', 50]);
    const text = (await workspaces('list')).stdout;
    assert.match(text, /^2\tPlatform\tfree\t0 of 50 used this month$/m);
    const key = await runProgram([
      'keys',
      'create',
      '--name',
      'x',
      '--workspace',
      '2',
      '--data',
      data,
    ]);
    assert.match(key.stdout, /^qlens_/);
  });

  it('what is wrong is told in one line', async () => {
    for (const [args, code] of [
      [[], 2],
      [['create'], 2],
      [['plan', '1'], 2],
      [['plan', '1', 'gold'], 1],
      [['plan', '99', 'pro'], 1],
      [['create', '--name', ' '], 1],
    ] as const) {
      const ended = await workspaces(...args);
      assert.equal(ended.code, code, `${args} ${ended.stderr}`);
      assert.match(ended.stderr, /^qualitypilot: [^\n]+\n$/);
    }
  });
});
