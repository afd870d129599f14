import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { printed, runProgram, startProgram, tempFolder } from '../helpers/run-program.ts';

const post = (url: string, key: string, repo: string) =>
  fetch(`${url}/api/v1/test-runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ repo, summary: { total: 1, passed: 1, failed: 0 } }),
  });

describe('keys', () => {
  const folder = tempFolder();
  after(() => rmSync(folder, { recursive: true }));

  // A folder so deep that the socket's path is too long for the kernel.
  const deep = join(folder, 'd'.repeat(100), 'e'.repeat(100));

  for (const data of [join(folder, 'data'), deep]) {
    it(`made, used and revoked while the appliance runs (${data.length} characters of path)`, async () => {
      mkdirSync(data, { recursive: true });
      const running = startProgram(['--port', '0', '--data', data]);
      const [, url] = await printed(running, /is ready at (\S+)/);
      const created = await runProgram([
        'keys',
        'create',
        '--name',
        'ci',
        '--repo',
        'acme/*',
        '--data',
        data,
      ]);
      assert.match(created.stdout, /^qlens_[0-9A-Za-z]{36}\n$/);
      const key = created.stdout.trim();
      assert.equal((await post(url!, key, 'acme/web')).status, 202);
      assert.equal((await post(url!, key, 'labs/web')).status, 403);
      const listed = await runProgram(['keys', 'list', '--json', '--data', data]);
      const [, mine] = JSON.parse(listed.stdout) as {
        id: number;
        last4: string;
        repos: string[];
      }[];
      assert.deepEqual([mine?.last4, mine?.repos], [key.slice(-4), ['acme/*']]);
      assert.equal(
        (await runProgram(['keys', 'revoke', String(mine!.id), '--data', data])).code,
        0,
      );
      assert.equal((await post(url!, key, 'acme/web')).status, 401, 'the next request is refused');
      running.child.kill();
      await running.ended;
    });
  }

  it('works on a folder at rest, too', async () => {
    const data = join(folder, 'data');
    assert.match(
      (await runProgram(['keys', 'create', '--name', 'x', '--data', data])).stdout,
      /^qlens_/,
    );
    assert.match((await runProgram(['keys', 'list', '--data', data])).stdout, /first key/);
  });

  it('says what is wrong in one line', async () => {
    const data = join(folder, 'data');
    for (const [args, code, message] of [
      [['keys'], 2, /say create, list or revoke/],
      [['keys', 'create', '--data', data], 2, /say --name/],
      [
        ['keys', 'create', '--name', 'x', '--scope', 'fly', '--data', data],
        1,
        /scopes\[0\] must be one of/,
      ],
      [['keys', 'create', '--name', 'x', '--expires', 'soon', '--data', data], 2, /must be a date/],
      [
        ['keys', 'create', '--name', 'x', '--expires', '2020-01-01', '--data', data],
        1,
        /must lie in the future/,
      ],
      [['keys', 'revoke', '999', '--data', data], 1, /there is no key 999/],
      [['keys', 'list', '--data', join(folder, 'nowhere')], 1, /holds no appliance/],
    ] as const) {
      const ended = await runProgram([...args]);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, message);
    }
  });
});
