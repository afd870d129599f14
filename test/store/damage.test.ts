import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import type { ExitError } from '../../src/errors.ts';
import { openStore } from '../../src/store/store.ts';
import { openAppliance } from '../helpers/appliance.ts';
import { tempFolder } from '../helpers/run-program.ts';

describe('a damaged folder', () => {
  const root = tempFolder();
  const sound = join(root, 'sound');
  let key: string;
  after(() => rmSync(root, { recursive: true, force: true }));

  before(async () => {
    const appliance = await openAppliance({ folder: sound });
    key = appliance.key;
    const names = Array.from({ length: 2000 }, (_, i) => ({
      suite: 's',
      name: `case ${i}`,
      status: 'passed',
    }));
    const summary = { total: 2000, passed: 2000, failed: 0 };
    await appliance.post({ repo: 'acme/web', summary, cases: names });
    await appliance.close(true);
  });

  /** A copy of the sound folder after `harm`; what opening it says, and whether the file changed. */
  async function openAfter(harm: (file: string) => void): Promise<{ exit: ExitError }> {
    const folder = join(root, `harmed-${Math.random()}`);
    mkdirSync(folder);
    const file = join(folder, 'qualitypilot.db');
    copyFileSync(join(sound, 'qualitypilot.db'), file);
    harm(file);
    const content = existsSync(file) ? readFileSync(file) : null;
    const options = { folder, nowMs: Date.now(), pid: process.pid, readers: 1 };
    const opening = openStore({ ...options, onFailure: assert.fail });
    const exit = await opening.then(
      async ({ store }) => {
        await store.close();
        return assert.fail('it was opened');
      },
      (error: ExitError) => error,
    );
    assert.doesNotMatch(exit.message, /\n/);
    if (content !== null) assert.ok(readFileSync(file).equals(content), 'the file was changed');
    return { exit };
  }

  it('is told in one line with a code, and the file stays as it is', async () => {
    const table: [what: string, harm: (file: string) => void, code: number, message: RegExp][] = [
      ['no database', (f) => writeFileSync(f, 'hello'.repeat(1000)), 78, /is not a database/],
      ['shorter than a header', (f) => truncateSync(f, 60), 78, /is not a database/],
      ['cut at half', (f) => truncateSync(f, 40_960), 74, /it has 40960 bytes of \d+/],
      ['another program', foreign, 78, /belongs to another program/],
      ['a log nobody left', (f) => writeFileSync(`${f}-wal`, 'x'), 78, /log without an owner/],
      [
        'empty, with a log',
        (f) => {
          truncateSync(f, 0);
          writeFileSync(`${f}-wal`, 'x');
          leftRunning(f);
        },
        74,
        /it is empty, but its log is not/,
      ],
      [
        'a first page of rubbish',
        (f) => {
          const bytes = readFileSync(f);
          bytes.fill(0xaa, 100, 2000);
          writeFileSync(f, bytes);
        },
        74,
        /cannot open .*malformed/,
      ],
    ];
    for (const [what, harm, code, message] of table) {
      const { exit } = await openAfter(harm);
      assert.equal(exit.code, code, `${what}: ${exit.message}`);
      assert.match(exit.message, message, what);
    }
  });

  it('rubbish behind the last page is cut off by no one, because it harms no one', async () => {
    const folder = join(root, 'longer');
    mkdirSync(folder);
    copyFileSync(join(sound, 'qualitypilot.db'), join(folder, 'qualitypilot.db'));
    appendFileSync(join(folder, 'qualitypilot.db'), Buffer.alloc(4096, 1));
    const appliance = await openAppliance({ folder, key });
    assert.equal((await appliance.get('/api/v1/repos')).status, 200);
    await appliance.close();
  });

  it('is found after an unclean stop, ends the appliance with 74, and is not opened again', async () => {
    const folder = join(root, 'broken');
    mkdirSync(folder);
    const file = join(folder, 'qualitypilot.db');
    copyFileSync(join(sound, 'qualitypilot.db'), file);
    breakNames(file);
    leftRunning(file);
    let exit: ExitError | undefined;
    const failed = new Promise<void>((resolve) => {
      const onFailure = (failure: ExitError) => {
        exit = failure;
        resolve();
      };
      void openAppliance({ folder, key, app: { onFailure } }).then(async (appliance) => {
        await failed;
        assert.equal((await fetch(`${appliance.url}/readyz`)).status, 503);
        const body = { repo: 'a/b', summary: { total: 0, passed: 0, failed: 0 } };
        assert.equal((await appliance.post(body)).status, 500);
        // Judging may have come upon the damage too, and then the writer says so once more.
        await appliance.close(true).catch((error: Error) => {
          assert.match(error.message, /the store is damaged/);
        });
        closed();
      });
    });
    let closed = () => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    await failed;
    await isClosed;
    assert.equal(exit!.code, 74);
    assert.match(exit!.message, /qualitypilot\.db or its disk is damaged/);
    const options = { folder, nowMs: Date.now(), pid: process.pid, readers: 1 };
    await assert.rejects(openStore({ ...options, onFailure: assert.fail }), {
      code: 74,
      message: /failed its check .* then remove .*qualitypilot\.damaged/,
    });
  });

  it('a sound file passes its check, and the next clean stop takes the mark away', async () => {
    const folder = join(root, 'unclean');
    mkdirSync(folder);
    copyFileSync(join(sound, 'qualitypilot.db'), join(folder, 'qualitypilot.db'));
    leftRunning(join(folder, 'qualitypilot.db'));
    const options = { folder, nowMs: Date.now(), pid: process.pid, readers: 1 };
    const open = async () => (await openStore({ ...options, onFailure: assert.fail })).store;
    const unchecked = await open();
    await unchecked.close();
    assert.ok(existsSync(join(folder, 'qualitypilot.pid')), 'nobody has checked it yet');
    const store = await open();
    assert.deepEqual(await store.checkAfterCrash(), []);
    await store.close();
    assert.equal(existsSync(join(folder, 'qualitypilot.pid')), false);
    const clean = await open();
    assert.equal(await clean.checkAfterCrash(), null);
    await clean.close();
  });
});

const leftRunning = (file: string): void => writeFileSync(join(file, '../qualitypilot.pid'), '1\n');

function foreign(file: string): void {
  rmSync(file);
  const db = new Database(file);
  db.pragma('application_id=7');
  db.exec('CREATE TABLE t (a)');
  db.close();
}

/** Rubbish over the cell pointers of the first page of names, which a start does not read. */
function breakNames(file: string): void {
  const db = new Database(file, { readonly: true });
  const pageSize = db.pragma('page_size', { simple: true }) as number;
  const root = db
    .prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE name = 'tests'")
    .pluck()
    .get()!;
  db.close();
  const bytes = readFileSync(file);
  const at = (root - 1) * pageSize;
  bytes.fill(0x55, at + 16, at + 400);
  writeFileSync(file, bytes);
}
