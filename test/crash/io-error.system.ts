import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openAppliance } from '../helpers/appliance.ts';
import { program, tempFolder } from '../helpers/run-program.ts';
import { type ApplianceProcess, startAppliance } from './appliance-process.ts';
import { assertKept, inspect } from './inspect.ts';
import { type Acked, bodyOf, eventually, type Job, post } from './posting.ts';
import { size } from './size.ts';

type Fault = { call: string; error: string; when: number };

/** A commit is a sync and some forty writes; strace counts the calls of each thread alone. */
const calls = [
  { call: 'fsync,fdatasync', error: 'EIO', step: size(3, 1) },
  { call: 'pwrite64', error: 'EIO', step: size(61, 13) },
  { call: 'pwrite64', error: 'ENOSPC', step: size(61, 13) },
];
const points = size(20, 100);

describe('an I/O error', { timeout: size(900_000, 7_200_000) }, () => {
  const folder = tempFolder();
  const fresh = join(folder, 'fresh');
  const data = join(folder, 'data');
  let key: string;
  let running: ApplianceProcess | undefined;
  before(async () => {
    running = await startAppliance({ data: fresh });
    key = running.key!;
    await running.kill('SIGTERM');
  });
  after(async () => {
    const isRunning = running?.child.exitCode === null && running.child.signalCode === null;
    if (isRunning && existsSync(join(data, 'qualitypilot.pid'))) signal('SIGKILL');
    await running?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** strace lets no signal through: it goes to the appliance itself. */
  function signal(name: NodeJS.Signals): void {
    process.kill(Number(readFileSync(join(data, 'qualitypilot.pid'), 'utf8')), name);
  }

  /** Posts until the fault has struck; what was answered 202. */
  async function postInto({ url }: ApplianceProcess): Promise<Acked[]> {
    const acked: Acked[] = [];
    for (let i = 0; i < 400; i++) {
      const job: Job = { name: `e${i}`, cases: [0, 1, 200][i % 3]! };
      try {
        const { status, body } = await post({ url, key }, bodyOf(job));
        if (status !== 202) {
          assert.equal(status, 500);
          assert.equal(body.error?.code, 'storage_failure');
          break;
        }
        acked.push({ name: job.name, id: body.id!, cases: body.casesStored! });
      } catch {
        break;
      }
    }
    return acked;
  }

  async function strike({ call, error, when }: Fault): Promise<{ acked: number; extra: number }> {
    rmSync(data, { recursive: true, force: true });
    cpSync(fresh, data, { recursive: true });
    const inject = `inject=${call}:error=${error}:when=${when}`;
    const log = join(folder, 'strace.log');
    const strace = ['strace', '-f', '-qq', '-y', '-o', log, '--seccomp-bpf'];
    const trace = ['-e', `trace=${call}`, '-e', inject];
    const command = [...strace, ...trace, ...program];
    const what = `${call} ${error} at ${when}`;
    let acked: Acked[] = [];
    try {
      running = await startAppliance({ data, command });
      acked = await postInto(running);
      const isBorne = error === 'ENOSPC' || struckWhatIsBorne(readFileSync(log, 'utf8'));
      if (isBorne) await assertGoesOn(running, acked);
      else await assertEnds(running, what);
    } catch (failure) {
      // It struck the start itself.
      assert.match(String(failure), /ended with 74 null: qualitypilot: [^\n]+\n$/, what);
    }
    const again = await openAppliance({ folder: data, key });
    const stored = assertKept(data, acked);
    await again.close(true);
    assert.deepEqual(inspect(data).problems, []);
    return { acked: acked.length, extra: stored.length - acked.length };
  }

  /**
   * SQLite ignores a failing sync of the folder; the appliance has synced it itself by then. The
   * ballast holds nothing.
   */
  function struckWhatIsBorne(log: string): boolean {
    const [, path] = /<([^>]+)>.*\(INJECTED\)/.exec(log) ?? [];
    return path === data || path === join(data, 'ballast.partial');
  }

  async function assertEnds({ ended }: ApplianceProcess, what: string): Promise<void> {
    const late = setTimeout(() => signal('SIGKILL'), 20_000);
    const { code, stderr } = await ended;
    clearTimeout(late);
    assert.equal(code, 74, `${what}: ${stderr}`);
    assert.match(stderr, /qualitypilot: .*or its disk is damaged .*\n/, what);
  }

  /** A full disk is no damage: the next run is taken. */
  async function assertGoesOn({ url, ended }: ApplianceProcess, acked: Acked[]): Promise<void> {
    const isTaken = async () => {
      const { status, body } = await post({ url, key }, bodyOf({ name: 'later', cases: 1 }));
      if (status === 202) acked.push({ name: 'later', id: body.id!, cases: 1 });
      return status === 202;
    };
    await eventually('a run taken', isTaken);
    signal('SIGTERM');
    assert.equal((await ended).code, 0);
  }

  for (const { call, error, step } of calls) {
    it(`${error} of ${call} loses nothing that was answered and is never swallowed`, async (t) => {
      let acked = 0;
      let extra = 0;
      for (let point = 0; point < points; point++) {
        const struck = await strike({ call, error, when: 2 + point * step });
        acked += struck.acked;
        extra += struck.extra;
        assert.ok(struck.extra <= 1, `${struck.extra} runs stored that were not answered`);
      }
      t.diagnostic(`${points} points, ${acked} runs answered, ${extra} stored though answered 500`);
    });
  }
});
