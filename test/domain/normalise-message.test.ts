import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { normaliseMessage } from '../../src/domain/normalise-message.ts';

const ESC = '\u001b';

/** [what is written, what stays, because] */
const examples: [string, string, string][] = [
  ['', '', 'nothing was said'],
  [`${ESC}[31mexpected${ESC}[0m 1`, 'expected <n>', 'colours are of the terminal'],
  ['a\r\n  b\t\tc\n', 'a b c', 'white space changes with the printer'],
  ['cafe\u0301', 'caf\u00e9', 'one letter may be written in two ways'],
  ['at 2024-05-06T07:08:09.123Z it', 'at <ts> it', 'time goes on'],
  ['at 2024-05-06 07:08:09,123 +0200 it', 'at <ts> it', 'logs of Python and Java look like this'],
  ['Mon Jan  2 15:04:05 2006: x', '<ts>: x', 'C prints times like this'],
  ['Date: Tue, 03 Jan 2006 10:00:00 GMT', 'Date: <ts>', 'HTTP prints times like this'],
  ['Tue Jan 03 2006 10:00:00 GMT+0100 (CET) x', '<ts> x', 'JavaScript prints times like this'],
  ['user 123e4567-e89b-12d3-a456-426614174000 gone', 'user <uuid> gone', 'ids are new in each run'],
  [
    'GET https://ci.example.com:8443/a?b=1 500',
    'GET https://<url> <n>',
    'hosts differ, schemes say something',
  ],
  [
    'no /home/ci/builds/12/app/src/login.ts:10:5 here',
    'no <path>/login.ts here',
    'checkouts lie anywhere and lines move',
  ],
  ['no C:\\agent\\_work\\1\\login.ts:10 here', 'no <path>/login.ts here', 'and on Windows as well'],
  [
    'in src/auth/login.ts:10:5:',
    'in <path>/login.ts:',
    'relative paths count when they end like a file',
  ],
  [
    'read and/or write application/json',
    'read and/or write application/json',
    'not every slash makes a path',
  ],
  ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <ip>', 'ports are chosen anew'],
  ['localhost:41235 and [::1]:80 and ::1', '<ip> and <ip> and <ip>', 'so are these'],
  ['getaddrinfo db.example.com', 'getaddrinfo <ip>', 'a name under a top-level domain is a host'],
  [
    'db.internal:5432 in Foo.java:12',
    '<ip> in Foo.java:<n>',
    'a name with a port is a host, a source file is not',
  ],
  [
    'java.net.ConnectException: x',
    'java.net.ConnectException: x',
    'dotted names of code say what failed',
  ],
  ['ptr 0x7ffe12ab at Foo@1b2c3d4e', 'ptr <hex> at Foo@<hex>', 'addresses are new in each run'],
  ['commit deadbeef1 and decade', 'commit <hex> and decade', 'hex of letters alone may be a word'],
  ['took 12.5 ms of 3s, 40% of 2kB', 'took <n> of <n> of <n>', 'durations vary'],
  ['expected 401, got -5.5e3', 'expected <n>, got <n>', 'numbers vary'],
  ['rows [1, 2, 3, 4]', 'rows [<n>]', 'how many there are varies too'],
  ['map[b:2 a:x] {z=1, y=q}', 'map[a:x b:<n>] {y=q, z=<n>}', 'maps print in any order'],
  ['left NaN, right -Infinity, NaNny', 'left <n>, right <n>, NaNny', 'no number is one too'],
  ['year <-0001-02-03> of foo-2024-05-06', 'year <<ts>> of foo-<ts>', 'years before 1 have a sign'],
  [
    'expected:<to [log] in> but was:<to [sign] in>\nnext 5',
    'expected:<to <diff> in> but was:<to <diff> in> next <n>',
    'what two texts share is the same at the next failure, what differs is not',
  ],
  [
    'same? expected: <false> but was: <true>',
    'same? expected: <<diff>> but was: <<diff>>',
    'which of the two was right is told by what stands before',
  ],
  ['expected:<null> but was:<Foo>', 'expected:<null> but was:<Foo>', 'names say what was met'],
  ["no 'Login' button", "no 'Login' button", 'quoted words name the thing'],
];

const diff = `expect(received).toEqual(expected)

- Expected  - 1
+ Received  + 1

  Object {
-   "a": 1,
+   "a": "two",
  }

done`;

/** Everything that a mask looks at, in pieces that come together by chance. */
const piece = fc.oneof(
  fc.constantFrom(
    ...'< > <n> <path> <url> <ts> <uuid> <ip> <hex> <diff> / \\ C: :// http https://a.b/c map[ { ] } a=1 b=2 k:v . , : - + @ 0x e5 E ms % kB s _ ( ) " … é ~ ../x/y GMT +0100 ::1 [::1]:80 10.0.0.1:80 localhost:8080 db.example.com db.host:5432 Foo.java:12 src/a/b.ts:1:2 /home/u/x C:\\a\\b.txt deadbeef1 @1a2b3c 2024-01-02 T10:11:12Z file:///a/b.ts:1'.split(
      ' ',
    ),
    ...[' ', '\n', '\r\n', '\t', ', ', '\u0338', '\u0301', 'e\u0301', `${ESC}[31m`, ESC],
    ...['Mon Jan 02 15:04:05 2006', 'Tue, 03 Jan 2006 10:00:00 GMT', '(CET)'],
    ...['- Expected', '+ Received', '\n- a', '\n+ b', '\n  c', '@@ -1 +1 @@', 'E   '],
    ...['expected:<', '> but was:<', 'a[b]c', '>\n', 'true> but was:<false>', 'NaN', '-Infinity'],
    '123e4567-e89b-12d3-a456-426614174000',
  ),
  fc.nat(99_999).map(String),
  fc.double().map(String),
  fc.string({ maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.stringMatching(/^[0-9a-f]{1,10}$/),
);
const pieces = fc.array(piece, { maxLength: 25 });
const anyText = fc.oneof(
  pieces.map((all) => all.join('')),
  pieces.map((all) => all.join(' ')),
  fc
    .tuple(pieces, fc.integer({ min: 20, max: 300 }))
    .map(([all, times]) => all.join('').repeat(times)),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

/** Fillers that differ from run to run, by what stands for them. */
const fillers: Record<string, fc.Arbitrary<string>> = {
  number: fc.oneof(
    fc.nat().map(String),
    fc.integer().map(String),
    fc.nat(999).map((n) => `${n}.5`),
  ),
  hex: fc
    .stringMatching(/^[0-9a-f]{7,16}$/)
    .filter((text) => /\d/.test(text) && /[a-f]/.test(text)),
  address: fc.nat().map((n) => `0x${n.toString(16)}`),
  uuid: fc.uuid(),
  time: fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((at) => at.toISOString()),
  weekday: fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((at) => at.toUTCString()),
  port: fc.integer({ min: 1, max: 65_535 }).map((port) => `127.0.0.1:${port}`),
  path: fc
    .tuple(
      fc.constantFrom('/', 'C:\\', '/home/'),
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.nat(999),
      fc.nat(99),
    )
    .map(([root, folder, line, column]) => `${root}${folder}/login.ts:${line}:${column}`),
};
const twoFillings = fc.tuple(...Object.values(fillers).map((filler) => fc.tuple(filler, filler)));

function fill(values: string[], colour: string, lineEnd: string): string {
  const names = Object.keys(fillers);
  return values
    .map((value, i) => `${colour}the ${names[i]} is ${value} here${ESC}[0m`)
    .join(lineEnd);
}

/** 1 MB each, made to lead a careless pattern from every character to the end. */
const hostile: Record<string, string> = {
  ...Object.fromEntries(
    [
      'a',
      '1',
      ' ',
      '\n',
      '/',
      '\\',
      '<',
      '>',
      '{',
      '[',
      ':',
      '.',
      '-',
      '0x',
      'a.',
      'a/',
      'a:',
      '1,',
      '1.',
      '{a=',
      'map[',
      '<n>',
      '<n> ',
      'http://',
      'a-',
      '::',
      '@a',
      `${ESC}[`,
      `${ESC}]`,
      'Mon ',
      '2024-',
      '- Expected\n',
      'expected:<',
      '> but was:<',
      'expected:<[> but was:<]>\n',
      '-NaN',
      'C:\\',
      'é',
    ].map((unit) => [JSON.stringify(unit), unit.repeat(Math.ceil(1e6 / unit.length))]),
  ),
  'combining marks of two classes': `a${'\u0301\u0327'.repeat(500_000)}`,
  'marks in the wrong order': `a${'\u0301'.repeat(500_000)}${'\u0327'.repeat(500_000)}`,
};

describe('normalised messages', () => {
  for (const [text, stays, because] of examples) {
    it(`${JSON.stringify(text)} → ${JSON.stringify(stays)}, because ${because}`, () => {
      assert.equal(normaliseMessage(text), stays);
    });
  }
  it('of a diff only the frame stays, because its body is the data', () => {
    assert.equal(
      normaliseMessage(diff),
      'expect(received).toEqual(expected) - Expected - <n> + Received + <n> <diff> done',
    );
  });
  it('of a unified diff not even its places stay', () => {
    const unified = 'files differ\n@@ -1,2 +1,2 @@ login\n-old\n- old\n+ new\n same\nin all';
    assert.equal(normaliseMessage(unified), 'files differ <diff> in all');
  });
  it('more marks on a letter than any language has are dropped, because sorting them is slow', () => {
    assert.ok(normaliseMessage(`q${'\u0301'.repeat(1000)}`).length <= 31);
  });
  it('head and tail of a long message count, because the middle is mostly data', () => {
    const long = `start ${'x'.repeat(1e5)} end`;
    const stays = normaliseMessage(long);
    assert.ok(stays.startsWith('start x') && stays.endsWith('x end') && stays.includes(' … '));
    assert.ok(stays.length <= 4096);
  });
  it('normalised twice is normalised once, whatever was written (P38)', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = normaliseMessage(text);
        assert.equal(normaliseMessage(once), once);
      }),
      { numRuns: 1500 },
    );
  });
  it('it is one line without control characters, so that it can be shown', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const stays = normaliseMessage(text);
        assert.doesNotMatch(stays, /[\u0000-\u001f\u007f-\u009f]|^\s|\s$|\s\s/);
        assert.ok(stays.isWellFormed());
      }),
    );
  });
  it('numbers, hex, ids, times, ports, paths, lines, colours and CR LF do not matter (P39)', () => {
    fc.assert(
      fc.property(twoFillings, (pairs) => {
        const one = fill(
          pairs.map(([value]) => value),
          `${ESC}[31m`,
          '\r\n',
        );
        const other = fill(
          pairs.map(([, value]) => value),
          '',
          '\n',
        );
        assert.equal(normaliseMessage(one), normaliseMessage(other));
      }),
      { numRuns: 500 },
    );
  });
  it('no text of 1 MB is slow, because every pattern is linear (P43)', { timeout: 60_000 }, () => {
    for (const text of Object.values(hostile)) normaliseMessage(text);
  });
});
