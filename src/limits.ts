/**
 * Every number promised to a user: value, unit and the reason for it.
 * Checks, the OpenAPI document and the docs pages print from here.
 */
export type Limit = { readonly value: number; readonly unit: string; readonly why: string };

const limit = (value: number, unit: string, why: string): Limit => ({ value, unit, why });

const MiB = 1024 * 1024;

export const limits = {
  casesPerRun: limit(
    10_000,
    'cases',
    'cases beyond it are counted and dropped; the summary is kept',
  ),
  bodyBytes: limit(16 * MiB, 'bytes', 'inflated size of one JSON body'),
  smallBodyBytes: limit(64 * 1024, 'bytes', 'body of a request that changes a setting'),
  bytesInFlight: limit(128 * MiB, 'bytes', 'all bodies being read or waiting to be stored'),
  refusedBodyBytes: limit(
    64 * 1024,
    'bytes',
    'how much of a refused body is read before the connection is closed',
  ),
  jsonDepth: limit(32, 'levels', 'a test run needs four; deeper bodies are attacks or mistakes'),
  jsonTokens: limit(2_000_000, 'of { [ , :', 'ten times what 10,000 full cases need'),
  slugLength: limit(200, 'characters', 'repo name'),
  slugParts: limit(20, 'parts', 'nested groups as GitLab allows them'),
  nameLength: limit(
    1_000,
    'characters',
    'suite and test names; longer ones are cut and keep a hash',
  ),
  messageBytes: limit(
    16 * 1024,
    'characters',
    'error message and stack, each; longer ones are cut with a mark',
  ),
  textsPerRun: limit(
    16 * MiB,
    'characters',
    'messages and stacks of one streamed report together: what one JSON body can carry',
  ),
  lineBytes: limit(16 * MiB, 'bytes', 'one line of a streamed upload'),
  xmlDepth: limit(64, 'levels', 'the deepest nesting of suites seen in the wild is five'),
  xmlAttributes: limit(
    256,
    'attributes',
    'of one element; the longest lists in the wild have twelve',
  ),
  xmlTagLength: limit(MiB, 'characters', 'one tag with its attributes; longer ones are attacks'),
  refLength: limit(255, 'characters', 'branch, commit, run key, job'),
  environmentLength: limit(200, 'characters', 'environment of a run'),
  wordLength: limit(40, 'characters', 'framework and CI provider'),
  urlLength: limit(2_000, 'characters', 'link to the CI run'),
  tags: limit(50, 'tags', 'per run'),
  parents: limit(16, 'commits', 'an octopus merge rarely has more'),
  attempts: limit(1_000, 'attempts', 'of one case or one CI run'),
  shards: limit(10_000, 'shards', 'of one run'),
  durationMs: limit(30 * 86_400_000, 'ms', 'thirty days; longer is a unit mistake'),
  count: limit(1_000_000_000, 'cases', 'largest count a summary may state'),
  startedAtPastMs: limit(
    400 * 86_400_000,
    'ms',
    'imports of history reach as far as the default retention',
  ),
  startedAtFutureMs: limit(
    3_600_000,
    'ms',
    'clocks of CI machines differ; more is clamped with a warning',
  ),
  shardGapMs: limit(
    2 * 3_600_000,
    'ms',
    'uploads without a run key further apart are separate runs',
  ),
  idempotencyKeyLength: limit(255, 'characters', 'Idempotency-Key header'),
  idempotencyMs: limit(86_400_000, 'ms', 'how long an Idempotency-Key is remembered'),
  rateRequests: limit(60, 'requests', 'per key and window, as the public API promises'),
  rateWindowMs: limit(60_000, 'ms', 'sliding window of the rate limit'),
  rateTableKeys: limit(100_000, 'keys', 'lid of the limiter; idle entries leave first'),
  authFailures: limit(30, 'failures', 'refused keys per address and minute before 429'),
  monthlyCredits: limit(1_000, 'credits', 'per month on the plan free, unless set otherwise'),
  creditFlushMs: limit(5_000, 'ms', 'how often counted reads are written down'),
  runsPerBatch: limit(100, 'runs', 'of one JSON batch'),
  runsPerStream: limit(1_000, 'runs', 'of one NDJSON batch'),
  reportsAtOnce: limit(
    32,
    'reports',
    'read at a time; each may hold 10,000 cases with their messages',
  ),
  formFiles: limit(500, 'files', 'of one multipart upload'),
  formFields: limit(100, 'fields', 'of one multipart upload, beside its files'),
  formFieldBytes: limit(64 * 1024, 'bytes', 'all fields of one multipart upload together'),
  streamBytes: limit(512 * MiB, 'bytes', 'inflated size of one streamed upload'),
  pageSize: limit(200, 'items', 'largest page of an API list'),
  pageSizeDefault: limit(50, 'items', 'page of an API list when not asked otherwise'),
  casesPerPage: limit(100, 'cases', 'rows of a page that a person reads'),
  reposPerPage: limit(25, 'repos', 'each with its newest runs, on a page that a person reads'),
  cellsShown: limit(50, 'runs', 'other jobs of a CI run, shown with one of them'),
  runsPerPage: limit(50, 'runs', 'rows of a page that a person reads'),
  workspaceNameLength: limit(100, 'characters', 'name of a workspace'),
  searchLength: limit(200, 'characters', 'search text'),
  setupLinkMs: limit(7 * 86_400_000, 'ms', 'the set-up link of a first start'),
  requestTimeoutMs: limit(30_000, 'ms', 'a request must have arrived by then'),
  uploadTimeoutMs: limit(120_000, 'ms', 'a streamed report must have arrived by then'),
  headerBytes: limit(16 * 1024, 'bytes', 'request line and headers'),
  headersTimeoutMs: limit(10_000, 'ms', 'its headers must have arrived by then'),
  drainMs: limit(
    8_000,
    'ms',
    'requests begun before a stop may finish within; supervisors wait 10 s',
  ),
  lowWaterBytes: limit(
    256 * MiB,
    'bytes',
    'free space under which runs are refused, or 5 % of a smaller disk',
  ),
  ballastBytes: limit(32 * MiB, 'bytes', 'kept aside to be given up when the disk is full'),
} as const satisfies Record<string, Limit>;
