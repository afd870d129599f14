import { hash } from 'node:crypto';

/** What names a test inside one repo: an explicit id, else suite, name and ordinal (from 1). */
export type TestIdentity =
  | { explicitId: string }
  | { suite: string; name: string; ordinal: number };

/** U+0000 cannot occur in cleaned text, so the parts cannot run into one another. */
export function testKey(identity: TestIdentity): string {
  if ('explicitId' in identity) return `id\0${identity.explicitId}`;
  return `name\0${identity.suite}\0${identity.name}\0${identity.ordinal}`;
}

/**
 * The public id of a test: the first 8 bytes (16 hex digits) of the SHA-256 of the folded repo
 * slug and the test's key. Stable for ever: URLs, quarantine and tickets carry it.
 */
export function publicTestId(foldedSlug: string, key: string): Buffer {
  return hash('sha256', `${foldedSlug}\0${key}`, 'buffer').subarray(0, 8);
}

/** `name` for the first of equal names in an upload, `name #2` for the second. */
export function displayName(name: string, ordinal: number): string {
  return ordinal === 1 ? name : `${name} #${ordinal}`;
}

const shardMark = /[\s_-]*(?:[([]\s*\d+\s*(?:\/|,|of)\s*\d+\s*[)\]]|\d+\s*(?:\/|of)\s*\d+)\s*$/i;

/**
 * The job without trailing shard marks: `rspec 1/4`, `rspec (1, 4)` and `rspec [1 of 4]` are all
 * `rspec`; a job that is nothing but a mark keeps its name. Without a job the framework stands in.
 */
export function jobKey(job: string | null, framework: string | null): string {
  if (job === null) return framework ?? '';
  const bare = job.replace(shardMark, '').trim();
  return bare === '' ? job : bare;
}

/** Digest of what the uploads of one logical run share; equal for them and for no other run. */
export function runIdentity(run: {
  job: string | null;
  framework: string | null;
  environment: string | null;
  branch: string | null;
  commit: string | null;
  runKey: string | null;
}): Buffer {
  const { framework, environment, branch, commit, runKey } = run;
  const parts = [jobKey(run.job, framework), framework, environment, branch, commit, runKey];
  return hash('sha256', JSON.stringify(parts), 'buffer').subarray(0, 16);
}
