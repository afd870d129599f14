import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { invalidBody } from '../contract/issues.ts';
import { AppError } from '../errors.ts';
import type { GradeAsOf } from '../store/judge/grade-as-of.ts';
import type { KeyContext } from './keys.ts';

const pollMs = 50;

const rebuildSchema = z.object({ repo: z.string().nullable().default(null) });
const gradeSchema = z.object({
  repo: z.string(),
  asOf: z.iso.datetime({ offset: true }).nullish(),
});

export type Rebuilt = {
  repos: number;
  /** SHA-256 of each table of judgements: equal facts yield equal digests */
  digests: Record<string, string>;
};

/** Judges one repo or all anew and resolves when that is done. Throws `not_found`, `invalid_body`. */
export async function rebuildJudgements({ store }: KeyContext, request: unknown): Promise<Rebuilt> {
  const parsed = rebuildSchema.safeParse(request);
  if (!parsed.success) throw invalidBody(parsed.error, request);
  const repos = await store.rebuild(parsed.data.repo);
  while (!(await store.judging()).isDone) await sleep(pollMs);
  return { repos, digests: await store.digestJudgements() };
}

/** The grade of a repo now or at a time. Throws `not_found` where nothing had come, `invalid_body`. */
export async function gradeOfRepo(
  { store, clock }: KeyContext,
  request: unknown,
): Promise<GradeAsOf> {
  const parsed = gradeSchema.safeParse(request);
  if (!parsed.success) throw invalidBody(parsed.error, request);
  const { repo, asOf } = parsed.data;
  const graded = await store.gradeAsOf(repo, asOf == null ? clock.now() : Date.parse(asOf));
  if (graded === null) throw new AppError('not_found', `there is no run of ${repo} by then`);
  return graded;
}
