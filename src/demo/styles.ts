import type { Chance } from './chance.ts';

/** What a test is about, before a framework gives it a name. */
export type Subject = { area: string; part: string; action: string; condition: string };

/** How names, files and failures look in one framework. */
export type Style = {
  suite(subject: Subject): string;
  name(subject: Subject): string;
  file(subject: Subject): string;
  /** duration of a usual test in ms, lowest and highest */
  usualMs: [number, number];
  /** what may go wrong; a test always fails with the same of these, with other values */
  problems: ((subject: Subject, chance: Chance) => string)[];
  /** what every test says when the machine under the run loses its network */
  unreachable: string;
  stack(file: string, line: number, subject: Subject): string;
};

const camel = (text: string): string =>
  text.replace(/[ -]+(\w)/g, (_, letter: string) => letter.toUpperCase());
const pascal = (text: string): string => camel(` ${text}`);
const snake = (text: string): string => text.replace(/[ -]+/g, '_');

const vitest: Style = {
  suite: ({ area, part }) => `${area}/${part}`,
  name: ({ action, condition }) => `${action} ${condition}`,
  file: ({ area, part }) => `packages/${area}/src/${part}.test.ts`,
  usualMs: [1, 30],
  problems: [
    (_, chance) =>
      `AssertionError: expected ${chance.whole(2, 40)} to be ${chance.whole(41, 90)} // Object.is equality`,
    ({ part }) => `TypeError: Cannot read properties of undefined (reading '${camel(part)}')`,
    (_, chance) =>
      `Error: Test timed out in 5000ms.\nStill waiting for ${chance.whole(1, 4)} of 5 timers`,
  ],
  unreachable: 'Error: connect ECONNREFUSED 10.8.0.14:6379',
  stack: (file, line, { part }) =>
    `    at ${file}:${line}:11\n    at ${camel(part)} (${file.replace('.test', '')}:${line * 2 + 7}:24)\n    at runStep (node:internal/process/task_queues:103:5)`,
};

const playwright: Style = {
  suite: ({ area, part }) => `${area}/${part}.spec.ts`,
  name: ({ action, condition }) => `${action} ${condition}`,
  file: ({ area, part }) => `e2e/${area}/${part}.spec.ts`,
  usualMs: [700, 6000],
  problems: [
    ({ part }) =>
      `TimeoutError: locator.click: Timeout 10000ms exceeded.\nCall log:\n  - waiting for getByRole('button', { name: '${part}' })\n  - element is not stable, retrying`,
    ({ part }, chance) =>
      `Error: expect(locator).toHaveText(expected)\n\nLocator: getByTestId('${part}-total')\nExpected string: "${chance.whole(20, 90)}.00"\nReceived string: "…"`,
    ({ area }) =>
      `Error: page.waitForResponse: Target page, context or browser has been closed while waiting for **/api/${area}`,
  ],
  unreachable: 'Error: page.goto: net::ERR_CONNECTION_REFUSED at http://shop.test:3000/',
  stack: (file, line) =>
    `    at ${file}:${line}:18\n    at openShop (e2e/fixtures/shop.ts:${(line % 30) + 12}:9)`,
};

const pytest: Style = {
  suite: ({ area, part }) => `tests/${snake(area)}/test_${snake(part)}.py`,
  name: ({ action, condition }) => `test_${snake(action)}_${snake(condition)}`,
  file: ({ area, part }) => `tests/${snake(area)}/test_${snake(part)}.py`,
  usualMs: [8, 400],
  problems: [
    (_, chance) =>
      `AssertionError: assert Decimal('${chance.whole(10, 99)}.4') == Decimal('${chance.whole(100, 199)}.40')`,
    ({ part }) => `KeyError: '${snake(part)}_id'`,
    (_, chance) =>
      `AssertionError: ${chance.whole(2, 9)} rows left in the outbox after 2.0 s\nassert False`,
  ],
  unreachable:
    'psycopg.OperationalError: connection failed: connection to server at "10.8.0.21", port 5432 failed: Connection refused',
  stack: (file, line, { area, part }) =>
    `${file}:${line}: in test\n    result = ${snake(part)}.settle(account)\nsrc/billing/${snake(area)}/${snake(part)}.py:${line + 31}: in settle\n    return self._post(entry)`,
};

const junit: Style = {
  suite: ({ area, part }) => `org.example.mobile.${snake(area)}.${pascal(part)}Test`,
  name: ({ action, condition }) => camel(`${action} ${condition}`),
  file: ({ area, part }) =>
    `app/src/test/java/org/example/mobile/${snake(area)}/${pascal(part)}Test.java`,
  usualMs: [3, 250],
  problems: [
    (_, chance) =>
      `org.opentest4j.AssertionFailedError: expected: <SYNCED> but was: <PENDING> after ${chance.whole(3, 9)} ticks`,
    ({ part }) =>
      `java.lang.IllegalStateException: ${pascal(part)} was used on a thread that does not own it`,
    (_, chance) =>
      `java.util.concurrent.TimeoutException: no answer within ${chance.whole(800, 1200)} ms`,
  ],
  unreachable: 'java.net.ConnectException: Connection refused: localhost/127.0.0.1:5037',
  stack: (file, line, { area, part }) => {
    const path = `org.example.mobile.${snake(area)}.${pascal(part)}`;
    return `\tat ${path}Test.run(${file.split('/').at(-1)}:${line})\n\tat ${path}.apply(${pascal(part)}.java:${line + 48})`;
  },
};

const go: Style = {
  suite: ({ area }) => `example.org/search/${area}`,
  name: ({ part, action, condition }) => `Test${pascal(part)}${pascal(action)}/${snake(condition)}`,
  file: ({ area, part }) => `${area}/${snake(part)}_test.go`,
  usualMs: [60, 900],
  problems: [
    ({ part }, chance) =>
      `${snake(part)}_test.go:${chance.whole(20, 25)}: got ${chance.whole(3, 9)} hits, want 10`,
    ({ part }) =>
      `panic: runtime error: index out of range [0] with length 0 in ${camel(part)}.next`,
    () => 'context deadline exceeded while waiting for the segment to be merged',
  ],
  unreachable: 'dial tcp 10.8.0.33:9200: connect: connection refused',
  stack: (file, line, { area, part }) =>
    `goroutine 34 [running]:\nexample.org/search/${area}.${camel(part)}(...)\n\t${file.replace('_test', '')}:${line + 12}\n\t${file}:${line}`,
};

export const styles = { vitest, playwright, pytest, junit, go };
export type Framework = keyof typeof styles;
