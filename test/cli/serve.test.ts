import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { printed, runProgram, startProgram, tempFolder } from '../helpers/run-program.ts';

describe('serve', () => {
  const folder = tempFolder();
  const data = join(folder, 'data');
  const args = ['--port', '0', '--data', data];
  after(() => rmSync(folder, { recursive: true }));

  it('a first start prints a curl line that works when pasted, and a set-up link', async () => {
    const running = startProgram(args, folder);
    const [curl] = await printed(running, /^curl .*$/m);
    const answer = JSON.parse(execFileSync('sh', ['-c', `${curl} -sS`], { encoding: 'utf8' }));
    assert.equal(answer.accepted, true);
    const [link] = await printed(running, /http:\S+\/setup\?token=\S+/);
    assert.equal((await fetch(link)).status, 200);
    running.child.kill('SIGTERM');
    const { code } = await running.ended;
    assert.equal(code, 0);
  });

  it('its folder is nobody else’s, because it holds what tests printed', () => {
    assert.equal(statSync(data).mode & 0o777, 0o700);
    assert.equal(statSync(join(data, 'qualitypilot.db')).mode & 0o077, 0);
  });

  it('a second start prints neither again; a second process is refused with 75 and the pid', async () => {
    const running = startProgram(args, folder);
    await printed(running, /is ready at/);
    assert.doesNotMatch(running.stdout(), /qlens_|setup/);
    const second = await runProgram(args, folder);
    assert.equal(second.code, 75);
    assert.match(second.stderr, new RegExp(`process ${running.child.pid}\\)`));
    running.child.kill('SIGKILL');
    await running.ended;
    const third = startProgram(args, folder);
    await printed(third, /is ready at/);
    third.child.kill('SIGINT');
    assert.equal((await third.ended).code, 0);
  });

  it('a clean stop leaves one plain file and no log', () => {
    assert.equal(existsSync(join(data, 'qualitypilot.db-wal')), false);
  });

  it('a taken port is told with 75', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await runProgram([
      '--port',
      String(port),
      '--data',
      join(folder, 'other'),
    ]);
    taken.close();
    assert.equal(code, 75);
    assert.match(stderr, /is taken by another program; choose another --port/);
  });

  it('wrong usage is 2, wrong configuration 78, each with one line', async () => {
    for (const [wrong, expected] of [
      [['--prot', '1'], 2],
      [['nonsense'], 2],
      [['serve', 'extra'], 2],
      [['--rate-limit', 'lots'], 78],
    ] as const) {
      const { code, stderr } = await runProgram([...wrong], folder);
      assert.equal(code, expected, stderr);
      assert.match(stderr, /^qualitypilot: [^\n]+\n$/);
    }
  });

  it('a database of another program, or of a newer version, is left alone with 78', async () => {
    const { default: Database } = await import('better-sqlite3');
    for (const sql of [
      'CREATE TABLE foreign_one (a)',
      'PRAGMA application_id=1364216916; PRAGMA user_version=9999; CREATE TABLE t (a)',
    ]) {
      const other = tempFolder();
      const file = new Database(join(other, 'qualitypilot.db'));
      file.exec(sql);
      file.close();
      const before = statSync(join(other, 'qualitypilot.db')).size;
      const { code, stderr } = await runProgram(['--port', '0', '--data', other]);
      assert.equal(code, 78, stderr);
      assert.equal(statSync(join(other, 'qualitypilot.db')).size, before);
      rmSync(other, { recursive: true });
    }
  });

  it('a folder that cannot be one is told in one line', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { code, stderr } = await runProgram(['--port', '0', '--data', join(file, 'data')]);
    assert.equal(code, 74);
    assert.match(stderr, /cannot create the data folder/);
  });

  it('every verb has help', async () => {
    for (const verb of [
      ['--help'],
      ['serve', '--help'],
      ['keys', '--help'],
      ['version', '--help'],
      ['demo', '--help'],
    ]) {
      const { code, stdout } = await runProgram(verb);
      assert.equal(code, 0);
      assert.match(stdout, /Usage: qualitypilot/);
    }
  });
});
