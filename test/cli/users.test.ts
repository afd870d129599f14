import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { printed, runProgram, startProgram, tempFolder } from '../helpers/run-program.ts';
import { shown, Visitor } from '../helpers/visitor.ts';

const password = 'a few plain words';
const again = 'quite other words';

describe('users and setup-link', () => {
  const folder = tempFolder();
  const data = join(folder, 'data');
  after(() => rmSync(folder, { recursive: true }));
  const cli = (...args: string[]) => runProgram([...args, '--data', data]);
  const line = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  it('lead people in, back in and out again while the appliance runs', async () => {
    const running = startProgram(['--port', '0', '--data', data]);
    const [, url] = await printed(running, /is ready at (\S+)/);
    const visit = () => new Visitor(url!);
    const [, token] = await printed(running, /\/setup\?token=(\S+)/);
    const fields = { name: 'Ada', login: 'ada', password, repeat: password };
    const done = await visit().send('/setup', { token: token!, workspace: 'Acme', ...fields });
    assert.equal(done.status, 303);

    const link = await line('users', 'invite', '--role', 'viewer', '--note', 'Grace');
    assert.match(link, new RegExp(`^${url}/join\\?token=[\\w-]{32}$`));
    const joining = { token: new URL(link).searchParams.get('token')!, ...fields, login: 'grace' };
    assert.equal((await visit().send('/join', joining)).status, 303);
    assert.match(
      await line('users', 'list'),
      /^ada\tAda\tadministrator\t.*\ngrace\tAda\t1:viewer\t/,
    );

    const reset = await line('users', 'reset', 'GRACE');
    const words = { token: reset.split('=')[1]!, password: again, repeat: again };
    assert.equal((await visit().send('/reset', words)).status, 303);
    const grace = visit();
    assert.equal((await grace.signIn('grace', password)).status, 401);
    assert.equal((await grace.signIn('grace', again)).status, 303);

    assert.equal(await line('users', 'remove', 'grace'), 'grace is removed');
    assert.equal((await grace.open('/settings/account')).status, 303);
    const list = JSON.parse(await line('users', 'list', '--json')) as { login: string }[];
    assert.deepEqual(
      list.map(({ login }) => login),
      ['ada'],
    );
    running.child.kill();
    await running.ended;
  });

  it('work on a folder at rest: the way back in when nobody can sign in', async () => {
    const link = await line('setup-link');
    assert.match(link, /^http:\/\/127\.0\.0\.1:8080\/setup\?token=[\w-]{32}$/);
    const running = startProgram(['--port', '0', '--data', data]);
    const [, url] = await printed(running, /is ready at (\S+)/);
    const visitor = new Visitor(url!);
    const { pathname, search } = new URL(link);
    assert.match(shown(await visitor.open(pathname + search)), /Acme/);
    running.child.kill();
    await running.ended;
  });

  it('say what is wrong in one line', async () => {
    for (const [args, code, message] of [
      [['users'], 2, /say invite, list, reset or remove/],
      [['users', 'reset'], 2, /say the user name/],
      [['users', 'reset', 'nobody'], 1, /there is no account nobody/],
      [['users', 'remove', 'nobody'], 1, /there is no account nobody/],
      [['users', 'invite', '--role', 'king'], 1, /role must be one of viewer, member, admin/],
      [['users', 'invite', '--workspace', '99'], 1, /there is no workspace 99/],
      [['users', 'invite', '--workspace', 'x'], 1, /workspaceId/],
      [['setup-link', 'x'], 2, /Unexpected argument/],
    ] as const) {
      const ended = await cli(...args);
      assert.equal(ended.code, code, `${args.join(' ')}: ${ended.stderr}`);
      assert.match(ended.stderr, message);
      assert.equal(ended.stderr.trim().split('\n').length, 1);
    }
  });
});
