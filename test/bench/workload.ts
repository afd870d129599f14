/** Bodies as CI would post them; deterministic, so that two benches measure the same. */
export type Workload = {
  tests: number;
  /** share of the cases of a run */
  failing: number;
  /** one test in so many fails now and then, the others never do */
  oneIn: number;
  messageLength: number;
  templates: number;
};

export const large: Workload = {
  tests: 10_000,
  failing: 0.01,
  oneIn: 1,
  messageLength: 400,
  templates: 50,
};
export const medium: Workload = { ...large, tests: 500 };

/** xorshift32: numbers in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const words = [
  'checkout',
  'cart',
  'login',
  'search',
  'upload',
  'billing',
  'profile',
  'export',
  'queue',
  'cache',
];

/** One run of a repo: the same tests every time, other durations and other failures. */
export function makeBody(repo: string, run: number, workload: Workload): Buffer {
  const random = seeded(run * 7919 + workload.tests);
  const { failing, oneIn } = workload;
  const cases = Array.from({ length: workload.tests }, (_, i) => {
    const usual = 5 + ((i * 2654435761) % 400);
    const isFailing = i % oneIn === 0 && random() < failing * oneIn;
    return {
      suite: `${words[i % 10]}/${words[Math.floor(i / 10) % 10]}-${Math.floor(i / 100)}`,
      name: `keeps ${words[(i * 7) % 10]} consistent in case ${i}`,
      status: isFailing ? 'failed' : 'passed',
      durationMs: Math.round(usual * (0.8 + 0.4 * random())),
      ...(isFailing && { errorMessage: message(workload, i, random) }),
      attempts: 1,
    };
  });
  const failed = cases.filter(({ status }) => status === 'failed').length;
  const summary = {
    total: cases.length,
    passed: cases.length - failed,
    failed,
    durationMs: 60_000,
  };
  const commit = (run * 2654435761).toString(16).padStart(12, '0');
  return Buffer.from(
    JSON.stringify({ repo, commit, branch: 'main', framework: 'jest', summary, cases }),
  );
}

function message({ templates, messageLength }: Workload, i: number, random: () => number): string {
  const template = i % templates;
  const text = `AssertionError: ${words[template % 10]} ${template}: expected ${Math.floor(random() * 1000)} to equal ${i}`;
  const frame = `\n    at ${words[(template * 3) % 10]} (src/${words[template % 10]}.ts:${template}:9)`;
  return (text + frame.repeat(10)).slice(0, messageLength);
}

/** A run without cases. */
export const smallBody = (repo: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      repo,
      branch: 'main',
      framework: 'jest',
      summary: { total: 142, passed: 140, failed: 2 },
    }),
  );
