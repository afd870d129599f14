import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { program, tempFolder } from '../helpers/run-program.ts';
import { type ApplianceProcess, startAppliance } from './appliance-process.ts';
import { assertKept, inspect } from './inspect.ts';
import { type Acked, bodyOf, type Job, post } from './posting.ts';
import { size } from './size.ts';

type Fault = { call: string; error: string; when: number };

/** The writer syncs a commit with fdatasync or fsync; strace counts the calls of each thread alone. */
const calls = [
  { call: 'fsync,fdatasync', error: 'EIO' },
  { call: 'pwrite64', error: 'EIO' },
  { call: 'pwrite64', error: 'ENOSPC' },
];
const points = size(12, 300);
const firstPoint = 14;

describe('an I/O error', { timeout: size(240_000, 7_200_000) }, () => {
  const folders: string[] = [];
  let running: ApplianceProcess | undefined;
  after(async () => {
    await running?.kill();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  /** Posts until the fault has struck; what was answered 202. */
  async function postInto(appliance: ApplianceProcess, names: string): Promise<Acked[]> {
    const acked: Acked[] = [];
    for (let i = 0; i < 400; i++) {
      const job: Job = { name: `${names}${i}`, cases: [0, 1, 200][i % 3]! };
      try {
        const { status, body } = await post(
          { url: appliance.url, key: appliance.key! },
          bodyOf(job),
        );
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
    const data = tempFolder();
    folders.push(data);
    const inject = `inject=${call}:error=${error}:when=${when}`;
    const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '--seccomp-bpf'];
    const trace = ['-e', `trace=${call}`, '-e', inject];
    const appliance = await startAppliance({ data, command: [...strace, ...trace, ...program] });
    running = appliance;
    const acked = await postInto(appliance, 'e');
    const what = `${call} ${error} at ${when}`;
    if (error === 'ENOSPC') {
      const later = await post(
        { url: appliance.url, key: appliance.key! },
        bodyOf({ name: 'l', cases: 1 }),
      );
      if (later.status === 202) acked.push({ name: 'l', id: later.body.id!, cases: 1 });
      await appliance.kill('SIGTERM');
    } else {
      const late = setTimeout(() => appliance.kill(), 20_000);
      const { code, stderr } = await appliance.ended;
      clearTimeout(late);
      assert.equal(code, 74, `${what}: ${stderr}`);
      assert.match(stderr, /qualitypilot: .*or its disk is damaged .*\n/, what);
    }
    const again = await startAppliance({ data });
    running = again;
    const stored = assertKept(data, acked);
    await again.kill('SIGTERM');
    assert.deepEqual(inspect(data).problems, []);
    return { acked: acked.length, extra: stored.length - acked.length };
  }

  for (const { call, error } of calls) {
    it(`${error} of ${call} loses nothing that was answered and is never swallowed`, async (t) => {
      let acked = 0;
      let extra = 0;
      for (let point = 0; point < points; point++) {
        const struck = await strike({ call, error, when: firstPoint + point * 3 });
        acked += struck.acked;
        extra += struck.extra;
        assert.ok(struck.extra <= 1, `${struck.extra} runs stored that were not answered`);
      }
      t.diagnostic(`${points} points, ${acked} runs answered, ${extra} stored though answered 500`);
    });
  }
});
