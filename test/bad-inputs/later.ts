import type { Row } from './bench.ts';

type Line = [number: number, input: string, expected: string];

const owned = (owner: string, lines: Line[]): Row[] =>
  lines.map(([number, input, expected]) => ({ number, input, expected, owner }));

/** Rows that other tests prove: each names the part of the product that owns it. */
export const ownedElsewhere: Row[] = [
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
