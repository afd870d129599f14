import type { Row } from './bench.ts';

type Line = [number: number, input: string, expected: string];

const owned = (owner: string, lines: Line[]): Row[] =>
  lines.map(([number, input, expected]) => ({ number, input, expected, owner }));

/** Rows that other tests prove: each names the part of the product that owns it. */
export const ownedElsewhere: Row[] = [
  ...owned('pages', [
    [88, '?page=-1, 1e9, abc, a list', '200 with the first page, or 400; bounded work'],
    [89, '?sort=…;drop, ?sort=__proto__', '400'],
    [90, 'a search for ", *, NEAR(, %_, of 10 kB', '200 with literal hits or none'],
    [91, 'ids of another workspace, a literal :id, a malformed uuid', '404'],
  ]),
  ...owned('accounts', [
    [92, '?next=//evil, /\\evil, https:evil, %09//evil', 'to /'],
    [93, 'a form without token, from another origin, cross-site', '403'],
    [94, 'a session cookie of before the login', 'replaced at login'],
    [95, 'a cookie tampered with, of 8 kB, 100 cookies, expired, after logout', 'anonymous'],
    [
      96,
      'passwords of 1 and 129 characters, unicode, NUL, well-known ones',
      '8 to 128 as they are',
    ],
    [97, 'user names that differ by case, NFKC, spaces, homoglyphs', 'one account per folded name'],
    [98, 'a workspace named <img onerror>, of 10 kB, empty', 'shown as text, up to 100'],
    [99, 'a link or badge with javascript: or data:', 'only http and https are kept'],
    [100, 'the badge of a private repo', '404'],
  ]),
  ...owned('exports', [
    [101, 'CSV cells that start with = + - @, tab, CR, NUL', "prefixed with ' and quoted"],
    [102, 'a client that stops reading an export', 'cut after 60 s without progress'],
    [103, 'export names with quotes, newlines, ../', 'a fixed name'],
  ]),
  ...owned('outgoing', [
    [104, 'webhooks to file:, gopher:, ftp:, with a password, to ports 25 and 22', '400'],
    [105, 'every spelling of inner addresses', 'refused when connecting'],
    [106, 'a name that answers a public address, then 127.0.0.1', 'the checked address only'],
    [107, '301, 302, 307 to the inside', 'not followed; a failure'],
    [108, 'answers of 10 GB, endless, bombs, resets', 'at most 64 KiB and 10 s, then a retry'],
    [109, 'CR LF in headers, subjects and recipients; 1,000 recipients', '400'],
    [110, 'test texts with /close, @org/team, <!channel>, {html}, ```', 'inert'],
  ]),
  ...owned('backup', [
    [111, 'a restore of what is no database, is newer, hostile, a link, cut', 'refused, unchanged'],
  ]),
  ...owned('serve', [
    [112, 'an unknown setting, a wrong type, a taken port, no permission', 'exit 78, 77 or 75'],
  ]),
];
