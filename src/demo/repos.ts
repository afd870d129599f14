import type { Framework } from './styles.ts';

/** The words that a repo's tests are made of. */
type Words = { areas: string[]; parts: string[]; actions: string[]; conditions: string[] };

/**
 * One generated repo and the signals planted in it. Moments are shares of its changes: 0 is the
 * first change merged into main, 1 the last.
 */
export type DemoRepo = {
  slug: string;
  /** for the person who looks: what there is to see */
  about: string;
  framework: Framework;
  ciProvider: string;
  job: string;
  environment?: string;
  tests: number;
  words: Words;
  /** changes merged into main in the 90 days; each was a pull request before */
  changes: number;
  /** share of the 90 days' work done after its newest run; below 0.4 / `changes` */
  quiet: number;
  shards: number;
  /** how often the framework tries a failing case again inside a run */
  retries: number;
  /** processes among which the cases are divided */
  workers: number;
  /** share of the tests that were added by some change instead of being there from the start */
  added: number;
  /** failure rate of each flaky test */
  flaky: number[];
  /** a commit on main from which on some tests of one suite fail; `until`: the commit that mended them */
  broken?: { from: number; until: number | null; tests: number };
  /** a test that has never passed since this change added it */
  neverPassing?: number;
  /** a commit on main from which on the tests of one area take `factor` times as long */
  slower?: { from: number; area: string; factor: number };
  /** a run on main in which this share of the cases fails because the network is gone */
  storm?: { at: number; share: number };
};

const actions = [
  'keeps',
  'returns',
  'rejects',
  'merges',
  'restores',
  'ignores',
  'orders',
  'rounds',
  'locks',
  'reports',
];

const library: Words = {
  areas: words(
    'ledger calendar parser router locale schema layout events storage workers mailer audit forms colors units graph policy quota session diff',
  ),
  parts: words(
    'intervals cursor batches limits aliases defaults buffers totals paths windows tokens slices labels ranges patches nodes owners fields zones keys filters hooks timers scopes tables',
  ),
  actions,
  conditions: [
    'nothing when the list is empty',
    'a single entry as it stands',
    'equal entries in order',
    'entries beyond the limit',
    'what another writer changed',
    'the first of two owners',
    'text outside of ASCII',
    'the last day of a leap year',
    'a value of zero',
    'deep nesting',
  ],
};

const shop: Words = {
  areas: words('checkout catalog account delivery'),
  parts: words('cart coupons payment search wishlist address'),
  actions: ['a guest sees', 'a member keeps', 'a returning customer finds', 'staff can undo'],
  conditions: [
    'the right price after a coupon',
    'the list after going back',
    'an empty state with a way on',
    'the same choice on a small screen',
    'a message when the stock runs out',
  ],
};

const ledger: Words = {
  areas: words('invoices refunds taxes payouts exports'),
  parts: words('rounding schedule reminders currencies statements credit-notes batches'),
  actions: ['rounds', 'splits', 'books', 'reverses', 'rejects', 'carries over'],
  conditions: [
    'half a cent',
    'a partial payment',
    'two currencies',
    'a closed month',
    'a negative amount',
    'an unknown customer',
  ],
};

const app: Words = {
  areas: words('sync offline camera inbox settings'),
  parts: words('queue conflict-resolver cache uploader draft-store clock'),
  actions: ['retries', 'keeps', 'drops', 'resumes', 'merges'],
  conditions: [
    'after a timeout',
    'when the battery is low',
    'while in flight mode',
    'across a restart',
    'with two devices',
  ],
};

const engine: Words = {
  areas: words('index query rank suggest crawl'),
  parts: words('segment posting-list tokenizer scorer merger'),
  actions: ['merges', 'skips', 'counts', 'decodes'],
  conditions: ['empty input', 'one term', 'many terms', 'deleted documents', 'unicode'],
};

/** Every repo but the empty one. */
export const repos: DemoRepo[] = [
  {
    slug: 'demo/platform',
    about: 'steady, 10,000 cases a run',
    framework: 'vitest',
    ciProvider: 'buildkite',
    job: 'unit',
    tests: 10_000,
    words: library,
    changes: 44,
    quiet: 0.004,
    shards: 1,
    retries: 1,
    workers: 8,
    added: 0,
    flaky: [0.01],
  },
  {
    slug: 'demo/storefront',
    about: 'flaky; four shards, retries, re-runs',
    framework: 'playwright',
    ciProvider: 'github_actions',
    job: 'e2e',
    environment: 'chromium',
    tests: 240,
    words: shop,
    changes: 150,
    quiet: 0,
    shards: 4,
    retries: 2,
    workers: 2,
    added: 0.04,
    flaky: [0.2, 0.14, 0.09, 0.06, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01],
  },
  {
    slug: 'demo/billing',
    about: 'broken by a known commit; one storm of lost connections',
    framework: 'pytest',
    ciProvider: 'gitlab_ci',
    job: 'integration',
    environment: 'python-3.14',
    tests: 420,
    words: ledger,
    changes: 170,
    quiet: 0.0004,
    shards: 1,
    retries: 0,
    workers: 4,
    added: 0.05,
    flaky: [0.03, 0.01],
    broken: { from: 0.9, until: null, tests: 3 },
    neverPassing: 0.95,
    storm: { at: 0.55, share: 0.4 },
  },
  {
    slug: 'demo/mobile',
    about: 'recovering: broken for two weeks, mended by a known commit',
    framework: 'junit',
    ciProvider: 'jenkins',
    job: 'unit',
    environment: 'jdk-25',
    tests: 310,
    words: { ...app, areas: [...app.areas, ...words('search share login')] },
    changes: 140,
    quiet: 0.0012,
    shards: 1,
    retries: 0,
    workers: 2,
    added: 0.04,
    flaky: [0.02],
    broken: { from: 0.72, until: 0.88, tests: 5 },
  },
  {
    slug: 'demo/search',
    about: 'slow: the tests of index take 30 % longer since a known commit',
    framework: 'go',
    ciProvider: 'circleci',
    job: 'test',
    tests: 260,
    words: engine,
    changes: 160,
    quiet: 0.0002,
    shards: 1,
    retries: 0,
    workers: 4,
    added: 0.03,
    flaky: [0.015],
    slower: { from: 0.75, area: 'index', factor: 1.3 },
  },
];

/**
 * The repo that is there and holds nothing: its CI was set up yesterday with a pattern that matches no
 * file, so that its only run says "0 cases". It has no grade and shows what a page without
 * history says; a repo that nobody has posted to does not exist at all.
 */
export const emptyRepo = {
  slug: 'demo/handbook',
  about: 'empty: its only run found no tests',
  framework: 'jest',
  ciProvider: 'github_actions',
};

function words(list: string): string[] {
  return list.split(' ');
}
