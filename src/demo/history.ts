import { workCalendar } from './calendar.ts';
import { Chance } from './chance.ts';
import { execute } from './execute.ts';
import { type DemoUpload, iso, makeUpload, toBytes } from './payload.ts';
import { type PlannedRun, planRuns } from './plan.ts';
import { type DemoRepo, emptyRepo, repos } from './repos.ts';
import { type DemoTest, makeTests } from './tests.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
export const demoDays = 90;
/** The newest run began so long ago, so that even its repetition has arrived by now. */
const lastStartMs = 25 * minuteMs;
/** how often somebody repeats a run that was red by chance */
const repeatRate = 0.7;

type Lane = { repo: DemoRepo; tests: DemoTest[] };

/**
 * 90 days of uploads in the order in which they arrive, the last some minutes before `nowMs`. A
 * function of its arguments alone: equal ones give equal bytes, and another time moves the same
 * story. Lazy: a body is made when it is asked for. About 1.4 million cases.
 */
export function* demoHistory(nowMs: number, seed = 'demo'): Generator<DemoUpload> {
  const at = workCalendar(nowMs - demoDays * dayMs, nowMs - lastStartMs);
  const planned = repos.flatMap((repo) => {
    const lane: Lane = { repo, tests: makeTests(repo, seed) };
    return planRuns(repo, seed, at).map((run, nth) => ({ lane, run, nth }));
  });
  planned.sort((a, b) => a.run.startedAtMs - b.run.startedAtMs);
  let arriving: DemoUpload[] = [makeEmptyUpload(nowMs)];
  for (const { lane, run, nth } of planned) {
    arriving.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
    const later = arriving.findIndex(({ receivedAtMs }) => receivedAtMs > run.startedAtMs);
    yield* arriving.splice(0, later === -1 ? arriving.length : later);
    arriving = arriving.concat(uploadsOf(lane, run, nth, seed));
  }
  yield* arriving.sort((a, b) => a.receivedAtMs - b.receivedAtMs);
}

/** What one CI run posts: its shards, and those of its repetition if there was one. */
function uploadsOf({ repo, tests }: Lane, run: PlannedRun, nth: number, seed: string) {
  const chance = new Chance(seed, repo.slug, run.commit, 'uploads');
  const runKey = String(48_000_000 + nth * 317 + chance.whole(0, 300));
  const first = execute(repo, tests, run, seed, 1);
  const about = { repo, run, runKey };
  const uploads = shards(first.cases, repo.shards).map((cases, i) => {
    const startedAtMs = run.startedAtMs + i * chance.whole(500, 4000);
    return makeUpload({ ...about, attempt: 1, shard: i + 1, startedAtMs, cases });
  });
  if (!first.isRedByChance || !chance.hits(repeatRate)) return uploads;
  const again = execute(repo, tests, run, seed, 2);
  const lastMs = Math.max(...uploads.map(({ receivedAtMs }) => receivedAtMs));
  const startedAtMs = lastMs + chance.whole(2, 7) * minuteMs;
  const repeated = shards(again.cases, repo.shards).map((cases, i) =>
    makeUpload({ ...about, attempt: 2, shard: i + 1, startedAtMs, cases }),
  );
  return [...uploads, ...repeated];
}

/** Consecutive parts of nearly equal length. */
function shards<T>(cases: readonly T[], count: number): T[][] {
  const size = Math.ceil(cases.length / count);
  return Array.from({ length: count }, (_, i) => cases.slice(i * size, (i + 1) * size));
}

function makeEmptyUpload(nowMs: number): DemoUpload {
  const startedAtMs = nowMs - dayMs;
  const { slug, framework, ciProvider } = emptyRepo;
  const summary = { total: 0, passed: 0, failed: 0, skipped: 0, durationMs: 1840 };
  const startedAt = iso(startedAtMs);
  const body = { repo: slug, branch: 'main', framework, ciProvider, startedAt, summary };
  return { receivedAtMs: startedAtMs + 4000, body: toBytes(JSON.stringify(body)) };
}
