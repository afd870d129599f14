/** Bodies that the OpenAPI document shows; tests post each of them. */
export const runExample = {
  repo: 'acme/web',
  commit: '4be2a91',
  branch: 'feature/login',
  framework: 'jest',
  ciProvider: 'github_actions',
  summary: { total: 142, passed: 140, failed: 2, skipped: 0, flaky: 1, durationMs: 38241 },
  cases: [
    {
      suite: 'auth/login',
      name: 'rejects invalid password',
      status: 'failed',
      durationMs: 421,
      errorMessage: 'expected 401, got 500',
      attempts: 1,
    },
  ],
};

export const junitExample = `<testsuites>
  <testsuite name="auth/login" tests="2">
    <testcase name="logs in" time="0.012"/>
    <testcase name="rejects invalid password" time="0.421">
      <failure message="expected 401, got 500">at login.test.ts:12</failure>
    </testcase>
  </testsuite>
</testsuites>
`;

export const ctrfExample = {
  reportFormat: 'CTRF',
  specVersion: '0.0.0',
  results: {
    tool: { name: 'jest' },
    summary: {
      tests: 1,
      passed: 1,
      failed: 0,
      pending: 0,
      skipped: 0,
      other: 0,
      start: 1764000000000,
      stop: 1764000000012,
    },
    tests: [{ name: 'logs in', status: 'passed', duration: 12 }],
  },
};

export const gotestExample = `{"Action":"run","Package":"acme/login","Test":"TestLogin"}
{"Action":"pass","Package":"acme/login","Test":"TestLogin","Elapsed":0.01}
{"Action":"pass","Package":"acme/login","Elapsed":0.02}
`;
