import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type Target = { url: string; key: string };
export type Answer = {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: { id?: string; casesStored?: number; error?: { code: string; message: string } };
};

const agent = new Agent({ keepAlive: false });

/** One POST; rejects when the connection breaks before the whole answer has been read. */
export function post(
  { url, key }: Target,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
  path = '/api/v1/test-runs',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(
      url + path,
      {
        method: 'POST',
        agent,
        timeout: 30_000,
        headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
      },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => {
          if (!res.complete) return reject(new Error('cut'));
          const text = Buffer.concat(chunks).toString();
          try {
            resolve({ status: res.statusCode!, headers: res.headers, body: JSON.parse(text) });
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    req.on('timeout', () => req.destroy(new Error('timeout')));
    req.on('error', reject);
    req.end(body);
  });
}

/** A post with a name of its own, which is its commit and its idempotency key. */
export type Job = { name: string; cases: number };
export type Acked = { name: string; id: string; cases: number };

export function bodyOf({ name, cases }: Job): string {
  const list = Array.from({ length: cases }, (_, i) => {
    const isFailing = i % 100 === 7;
    return {
      suite: `suite ${i % 40}`,
      name: `case ${i}`,
      status: isFailing ? 'failed' : 'passed',
      durationMs: (i * 37) % 900,
      ...(isFailing && { errorMessage: `expected ${i} to equal ${name}` }),
    };
  });
  const failed = list.filter(({ status }) => status === 'failed').length;
  return JSON.stringify({
    repo: `acme/${cases === 10_000 ? 'large' : 'small'}`,
    commit: name,
    branch: 'main',
    summary: { total: cases, passed: cases - failed, failed },
    cases: list,
  });
}

/** Posts a job as a reporter does: the same key again until it is answered. null: gave up. */
export async function postUntilAnswered(
  target: () => Target,
  job: Job,
  mostTries = 60,
): Promise<Acked | null> {
  const body = bodyOf(job);
  for (let tries = 0; tries < mostTries; tries++) {
    try {
      const { status, body: answer } = await post(target(), body, { 'idempotency-key': job.name });
      if (status === 202) return { name: job.name, id: answer.id!, cases: answer.casesStored! };
    } catch {}
    await sleep(100);
  }
  return null;
}

/** Waits until `isSo`, and says so if it never comes. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<number> {
  const begun = performance.now();
  while (!(await isSo())) {
    if (performance.now() - begun > withinMs) throw new Error(`${what} did not come true`);
    await sleep(25);
  }
  return performance.now() - begun;
}

export const statusOf = async (url: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(url, { headers });
  await answer.arrayBuffer();
  return answer.status;
};
