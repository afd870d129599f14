import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { checkFile } from '../../src/store/integrity.ts';
import { wasLeftRunning } from '../../src/store/running-mark.ts';
import { seeded } from '../bench/workload.ts';
import { tempFolder } from '../helpers/run-program.ts';
import { type ApplianceProcess, script, startAppliance } from './appliance-process.ts';
import { inspectDatabase, lostOf } from './inspect.ts';
import { type Acked, bodyOf, type Job, post } from './posting.ts';
import { acknowledgement, Disk, kinds, type Operation, readLog } from './power-loss.ts';
import { size } from './size.ts';

/** Posts while everything is recorded; the records, acknowledgements among them. */
type Verdict = { images: number; lossy: number; mostLost: number; faults: string[] };

describe('power loss', { timeout: size(600_000, 7_200_000) }, () => {
  const folder = tempFolder();
  const running: ApplianceProcess[] = [];
  after(async () => {
    for (const one of running) await one.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const recorder = join(folder, 'recorder.so');
  execFileSync('gcc', [
    ...['-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', recorder],
    join(import.meta.dirname, 'recorder.c'),
    '-ldl',
  ]);

  async function record(seed: number, faults: object): Promise<Operation[]> {
    const random = seeded(seed);
    const data = join(folder, `data-${seed}-${Object.keys(faults).length}`);
    const log = `${data}.log`;
    const appliance = await startAppliance({
      data,
      command: script('faulty-appliance.ts'),
      env: {
        LD_PRELOAD: recorder,
        RECORD_FOLDER: data,
        RECORD_LOG: log,
        FAULTS: JSON.stringify(faults),
      },
    });
    running[0] = appliance;
    const target = { url: appliance.url, key: appliance.key! };
    const sizes = [0, 1, 1, 200, 200, 2000, 10_000];
    const jobs: Job[] = Array.from({ length: 200 }, (_, i) => ({
      name: `p${i}`,
      cases: sizes[Math.floor(random() * sizes.length)]!,
    }));
    const client = async () => {
      for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
        const { status, body } = await post(target, bodyOf(job));
        assert.equal(status, 202);
        const acked: Acked = { name: job.name, id: body.id!, cases: body.casesStored! };
        appendFileSync(log, acknowledgement(JSON.stringify(acked)));
      }
    };
    await Promise.all(Array.from({ length: 4 }, client));
    await appliance.kill('SIGTERM');
    const operations = readLog(log);
    rmSync(data, { recursive: true });
    rmSync(log);
    return operations.filter(({ name }) => !/ballast|-shm$|lock\.db|addon/.test(name));
  }

  /** Cuts the power at random moments after the first acknowledgement and looks at what is left. */
  function cut(operations: Operation[], images: number, seed: number): Verdict {
    const random = seeded(seed);
    const first = operations.findIndex(({ kind }) => kind === kinds.acknowledge);
    const cuts = Array.from(
      { length: images },
      () => first + 1 + Math.floor(random() * (operations.length - first)),
    ).sort((a, b) => a - b);
    const disk = new Disk();
    const acked: Acked[] = [];
    const verdict: Verdict = { images, lossy: 0, mostLost: 0, faults: [] };
    let done = 0;
    for (const at of cuts) {
      for (; done < at; done++) {
        const operation = operations[done]!;
        if (operation.kind === kinds.acknowledge) acked.push(JSON.parse(operation.data.toString()));
        else disk.apply(operation);
      }
      const keep = [0, 0.2, 0.5, 0.8, 1][Math.floor(random() * 5)]!;
      const { lost, faults } = look(disk.image(random, keep), acked);
      verdict.lossy += lost > 0 ? 1 : 0;
      verdict.mostLost = Math.max(verdict.mostLost, lost);
      verdict.faults.push(...faults.map((fault) => `cut ${at}, keep ${keep}: ${fault}`));
    }
    return verdict;
  }

  function look(image: Map<string, Buffer>, acked: Acked[]): { lost: number; faults: string[] } {
    const place = join(folder, 'image');
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place);
    for (const [name, bytes] of image) writeFileSync(join(place, name), bytes);
    const file = join(place, 'qualitypilot.db');
    try {
      checkFile(file, wasLeftRunning(place));
      const db = new Database(file);
      const { problems, stored } = inspectDatabase(db);
      db.close();
      return { lost: lostOf(acked, stored).length, faults: problems };
    } catch (error) {
      return { lost: acked.length, faults: [String(error)] };
    }
  }

  const seeds = size(1, 10);

  it('loses nothing that was answered and leaves no damage, because each commit is synced first', async (t) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const operations = await record(seed, {});
      assert.ok(
        operations.some(({ kind, name }) => kind === kinds.write && name === 'qualitypilot.db'),
        'the recording holds no checkpoint',
      );
      const verdict = cut(operations, size(300, 1000), seed);
      assert.deepEqual(verdict.faults, []);
      assert.equal(verdict.lossy, 0, `${verdict.lossy} images lost up to ${verdict.mostLost} runs`);
      t.diagnostic(`${verdict.images} images of ${operations.length} operations`);
    }
  });

  it('a store that does not sync is found out, because a harness that cannot fail proves nothing', async (t) => {
    const operations = await record(100, { preload: './normal-sync.ts' });
    const verdict = cut(operations, 100, 100);
    assert.ok(verdict.lossy > 30, `only ${verdict.lossy} of 100 images lost runs`);
    t.diagnostic(`${verdict.lossy} of 100 images lost runs, up to ${verdict.mostLost}`);
  });
});
