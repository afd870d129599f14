import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runsOf } from '../helpers/pictured-runs.ts';
import { printed, runProgram, startProgram, tempFolder } from '../helpers/run-program.ts';

describe('rebuild and grade', () => {
  const folder = tempFolder();
  const data = join(folder, 'data');
  const run = (verb: string, ...args: string[]) => runProgram([verb, ...args, '--data', data]);
  let program: ReturnType<typeof startProgram>;

  before(async () => {
    program = startProgram(['--port', '0', '--data', data, '--rate-limit', 'off']);
    const [, url] = await printed(program, /is ready at (http:\S+)/);
    const [, key] = await printed(program, /(qlens_\w+)/);
    const pictures = { steady: '.'.repeat(30), shaky: '....x.....'.repeat(3) };
    for (const { body } of runsOf(pictures, { startMs: Date.now() - 5 * 86_400_000 })) {
      const answer = await fetch(new URL('/api/v1/test-runs', url), {
        method: 'POST',
        headers: { 'x-api-key': key!, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 202);
    }
  });
  after(async () => {
    program.child.kill();
    await program.ended;
    rmSync(folder, { recursive: true });
  });

  it('two rebuilds of the same runs print the same digests, while the appliance runs', async () => {
    const first = await run('rebuild');
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^1 repos judged anew\n(?: {2}[0-9a-f]{16} {2}\w+\n)+$/);
    assert.equal((await run('rebuild', '--repo', 'acme/web')).stdout, first.stdout);
    const { digests } = JSON.parse((await run('rebuild', '--json')).stdout) as {
      digests: Record<string, string>;
    };
    assert.equal(Object.keys(digests).length, 9);
  });

  it('a grade is made anew from the runs, and shows what it is made of', async () => {
    const { stdout } = await run('grade', '--repo', 'acme/web');
    assert.match(stdout, /^acme\/web {2}[A-F] {2}[\d.]+ \([\d.]+ to [\d.]+\)\n/);
    assert.match(stdout, /off for red runs: 0\.\d+/);
    assert.match(
      stdout,
      /from 30 runs of the default branch, 30 uploads in all; formulas \d+, digest [0-9a-f]{64}\n$/,
    );
    const json = JSON.parse((await run('grade', '--repo', 'acme/web', '--json')).stdout) as {
      inputHash: string;
    };
    assert.ok(stdout.includes(json.inputHash));
  });

  it('what is wrong is told in one line', async () => {
    for (const [verb, args, code, said] of [
      ['grade', [], 2, /say --repo/],
      ['grade', ['--repo', 'acme/none'], 1, /there is no run of acme\/none by then/],
      ['grade', ['--repo', 'acme/web', '--as-of', 'yesterday'], 1, /asOf/],
      [
        'grade',
        ['--repo', 'acme/web', '--as-of', '2001-01-01T00:00:00Z'],
        1,
        /no run of acme\/web/,
      ],
      ['rebuild', ['--repo', 'acme/none'], 1, /there is no repo acme\/none/],
      ['rebuild', ['now'], 2, /now/],
    ] as const) {
      const done = await run(verb, ...args);
      assert.equal(done.code, code, done.stderr);
      assert.match(done.stderr, said);
      assert.equal(done.stderr.trim().split('\n').length, 1);
    }
  });
});
