import { limits } from '../../../limits.ts';
import type { Ctx, Web } from '../../context.ts';
import { sendPage } from '../parts/send-page.ts';
import { contents, guides } from './contents.ts';

/** One way to send results: what it is for (code between backticks), and lines for a shell that has a key. */
type Way = { id: string; title: string; text: string; lines: string; after?: string };

const key = '-H "X-API-Key: $QLENS_API_KEY"';
/** Where a CI does not say them by variables of its own. */
const place = 'branch=main&commit=4be2a91';

const waysOf = (api: string): Way[] => [
  {
    id: 'curl',
    title: 'One run by hand',
    text: 'A run is its counts, and its cases where they are worth naming. Only repo and the counts are needed.',
    lines: `curl "${api}/test-runs" ${key} \\
  -H 'Content-Type: application/json' \\
  -d '{
    "repo": "acme/web", "branch": "main", "commit": "4be2a91",
    "summary": { "total": 2, "passed": 1, "failed": 1 },
    "cases": [
      { "suite": "auth/login", "name": "accepts a password", "status": "passed" },
      { "suite": "auth/login", "name": "rejects a wrong one", "status": "failed",
        "errorMessage": "expected 401, got 500" }
    ]
  }'`,
  },
  {
    id: 'junit',
    title: 'JUnit XML',
    text: 'What nearly every runner writes: pytest, Maven, Gradle, Jest, RSpec, PHPUnit, gotestsum and many more. The file goes as it is.',
    lines: `curl "${api}/test-runs/junit?repo=acme/web&${place}" ${key} \\
  -H 'Content-Type: application/xml' --data-binary @junit.xml`,
    after:
      'Several files are one run when they are sent as a form: `-F files=@unit.xml -F files=@api.xml` in the place of the last line.',
  },
  {
    id: 'ctrf',
    title: 'CTRF',
    text: 'The common test report format, which has reporters for Playwright, Cypress, Jest, k6 and others.',
    lines: `curl "${api}/test-runs/ctrf?repo=acme/web&${place}" ${key} \\
  -H 'Content-Type: application/json' --data-binary @ctrf-report.json`,
  },
  {
    id: 'gotest',
    title: 'go test',
    text: 'What `go test -json` prints, or `gotestsum --jsonfile` keeps.',
    lines: `curl "${api}/test-runs/gotest?repo=acme/web&${place}" ${key} \\
  -H 'Content-Type: application/x-ndjson' --data-binary @go-test.json`,
  },
  {
    id: 'batch',
    title: 'Many runs at once',
    text: `One run a line, up to ${limits.runsPerStream.value} of them: history from elsewhere, or what piled up offline. Each is accepted or refused on its own, and the limiter counts the request once.`,
    lines: `curl "${api}/test-runs/batch" ${key} \\
  -H 'Content-Type: application/x-ndjson' --data-binary @runs.ndjson`,
  },
];

/** GET /docs/install — how results get in, with this appliance's own address in every line. */
export async function installPage(ctx: Ctx, web: Web): Promise<void> {
  await sendPage(ctx, web, 'install', {
    ...guides.install,
    name: 'install',
    contents,
    url: web.baseUrl(),
    ways: waysOf(`${web.baseUrl()}/api/v1`),
    requests: limits.rateRequests.value,
    cases: limits.casesPerRun.value,
  });
}
