import { clusters } from './analytics-params.ts';
import { cleanText } from './text.ts';

/**
 * What stays of a failure message when everything is taken out that changes from run to run: times,
 * ids, addresses, paths, numbers, bodies of diffs. Names and quoted words stay, because they say
 * what failed. One line of at most about 4,100 characters; '' of an empty message. Idempotent.
 *
 * Linear: 1 MB costs a few passes for its terminal sequences, and 4 KB are looked at thereafter.
 */
export function normaliseMessage(text: string): string {
  let known = onePass(text);
  for (let pass = 1; pass < mostPasses; pass++) {
    const next = onePass(known);
    if (next === known) break;
    known = next;
  }
  return known;
}

/** A mask may uncover what an earlier one looks for; each pass leaves less, and two nearly always do. */
const mostPasses = 8;

/** The cleaned and cut text: well-formed, without terminal sequences, LF, NFC, head and tail. Linear. */
export function readablePart(text: string): string {
  const { head, tail } = clusters;
  const generous = cutMiddle(cleanText(text), 4 * head, 4 * tail);
  return cutMiddle(generous.replace(markRuns, '$1').normalize('NFC'), head, tail);
}

/** Normalising takes quadratic time on long runs of combining marks; 30 is what UAX #15 allows. */
const markRuns = /(\p{M}{30})\p{M}+/gu;

/** At most `head` + `tail` characters, with a mark where something is missing. */
function cutMiddle(text: string, head: number, tail: number): string {
  if (text.length <= head + tail) return text;
  return `${text.slice(0, head)}${cutMark}${text.slice(cutMark.length - tail)}`.toWellFormed();
}

const cutMark = ' … ';

function onePass(text: string): string {
  const lines = withoutCompared(withoutDiffBodies(readablePart(text).split('\n')).join('\n'));
  const masked = masks.reduce((kept, mask) => mask(kept), lines);
  return sortEntries(masked.replace(equalRuns, '$1')).replace(/\s+/g, ' ').trim();
}

type Mask = (text: string) => string;

/** A pattern's matches become a text; every pattern here is linear. */
const swap =
  (pattern: RegExp, by: string): Mask =>
  (text) =>
    text.replace(pattern, by);

/** What a mask leaves. Later masks pass over it, and a second pass reads it as what it stands for. */
const placeholder = '<(?:ts|uuid|url|path|ip|hex|n|diff)>';

const isoTime =
  /(?<![0-9A-Za-z])-?\d{4}([-/])\d{2}\1\d{2}(?:[T _]\d{2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?(?![0-9A-Za-z])/g;
const weekdayTime =
  /(?<![0-9A-Za-z])(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? {1,2}(?:\d{1,2}[ -][A-Z][a-z]{2,8}|[A-Z][a-z]{2,8} {1,2}\d{1,2})(?:,?[ -]\d{4})?(?:,? \d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?(?: (?:GMT|UTC|[A-Z]{1,3}T))?(?: ?[+-]\d{2}:?\d{2})?(?: \([A-Z][^()\n]{1,40}\))?(?: \d{4})?(?![0-9A-Za-z])/g;
const uuid =
  /(?<![0-9A-Za-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z])/gi;
const url = new RegExp(
  `(?<![A-Za-z0-9+.-])(?!file:)([A-Za-z][A-Za-z0-9+.-]{1,19})://(?:[^\\s<>"'\`(){}|\\\\^[\\],;]|${placeholder})+`,
  'g',
);
/** A run of what a path may consist of, with drive and `:line:col`; always as long as possible. */
const pathLike = new RegExp(
  `(?:(?<!\\w)[A-Za-z]:(?=[\\\\/]))?(?:[^\\s<>"'\`(){}[\\]|,;:*?=!#&]|${placeholder})+(?::(?:\\d+|<n>)){0,2}`,
  'g',
);
const ipAddress = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?!\w|\.\d)/g;
const ip6Address =
  /\[[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}\](?::\d{1,5})?|(?<![\w:])(?:::1|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})(?![\w:])/gi;
const localhost = /(?<![\w.-])localhost:\d{1,5}(?!\w)/g;
const hostName =
  /(?<![\w.@$-])(?:[a-z0-9-]{1,63}\.){1,8}([a-z][a-z0-9-]{1,62})(:\d{1,5})?(?![\w$-]|\.\w)/g;
const hex =
  /(?<![0-9A-Za-z])(?:0[xX][0-9a-fA-F]+|(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{7,})(?![0-9A-Za-z])/g;
const numberWithUnit =
  /(?:(?<![\w>)\].])[-+])?(?<![0-9A-Za-z_.])\d+(?:[.,]\d+){0,4}(?:[eE][-+]?\d+)? ?(?:ms|µs|us|ns|s|secs?|seconds?|min|minutes?|kB|KB|MB|GB|KiB|MiB|GiB|bytes|%)(?![0-9A-Za-z_])/g;
const number = /(?:(?<![\w>)\].])[-+])?\d+(?:[.,_]\d+)*(?:[eE][-+]?\d+)?/g;

/** What a number may be instead. */
const noNumber = /(?<![\w$.])-?(?:NaN|Infinity)(?![\w$])/g;

/** In this order: what contains others comes first. */
const masks: Mask[] = [
  swap(isoTime, '<ts>'),
  swap(weekdayTime, '<ts>'),
  swap(uuid, '<uuid>'),
  swap(url, '$1://<url>'),
  (text) => text.replace(pathLike, maskPath),
  swap(ipAddress, '<ip>'),
  swap(ip6Address, '<ip>'),
  swap(localhost, '<ip>'),
  (text) => text.replace(hostName, maskHost),
  swap(hex, '<hex>'),
  swap(/@[0-9a-f]{5,}(?![0-9A-Za-z])/gi, '@<hex>'),
  swap(numberWithUnit, '<n>'),
  swap(number, '<n>'),
  swap(noNumber, '<n>'),
  swap(/>\p{M}+/gu, '>'),
];

/** Equal placeholders in a row: how many there are changes with the data. */
const equalRuns = new RegExp(`(${placeholder})(?:\\s*(?:[,.:;/_+-]\\s*)?\\1)+`, 'g');

/** A path becomes its last part; anything else stays. Relative ones count when they end like a file. */
function maskPath(run: string): string {
  if (!run.includes('/') && !run.includes('\\')) return run;
  const path = run.replace(/(?::(?:\d+|<n>)){1,2}$/, '');
  const isWindows = /^(?:[A-Za-z]:|\\\\|\.{1,2}\\)/.test(path);
  const parts = path.split(isWindows ? /[\\/]+/ : /\/+/).filter((part) => part !== '');
  const base = parts.at(-1);
  if (base === undefined || !(isWindows || parts.length > 1 || path.startsWith('/'))) return run;
  const isAbsolute = isWindows || /^(?:\/|~|\.{1,2}\/|<path>\/)/.test(path);
  const isFile = /\.[A-Za-z][0-9A-Za-z]{0,9}$/.test(base);
  if (!isFile && (!isAbsolute || parts.length < 2)) return run;
  return `<path>/${base}`;
}

/** Names with a port, or under a top-level domain that is no common end of a dotted name in code. */
function maskHost(host: string, last: string, port: string | undefined): string {
  if (port !== undefined) return sourceEndings.has(last) ? host : '<ip>';
  return topLevel.has(last) ? '<ip>' : host;
}

const topLevel = new Set(['com', 'org', 'net', 'edu', 'gov', 'dev']);
const sourceEndings = new Set(
  'c cc cjs clj cpp cs cts cxx dart ex exs feature go groovy h hpp hs html java js json jsx kt kts lua m md mjs ml mm mts php pl ps py rb robot rs scala sh spec sql svelte swift test ts tsx txt vb vue xml yaml yml'.split(
    ' ',
  ),
);

const goMap = /map\[([^[\]]{1,2000})\]/g;
const braces = /\{([^{}]{1,2000})\}/g;

/** `map[k:v …]` and `{k=v, …}` print their entries in any order: at most 20 plain ones are sorted. */
function sortEntries(text: string): string {
  return text
    .replace(goMap, (whole, body: string) => {
      const sorted = sortedPlain(body.trim().split(/\s+/), /^[^\s:]+:\S*$/);
      return sorted === null ? whole : `map[${sorted.join(' ')}]`;
    })
    .replace(braces, (whole, body: string) => {
      const sorted = sortedPlain(body.trim().split(/,\s+/), /^[^\s=,]+=[^\s,]*$/);
      return sorted === null ? whole : `{${sorted.join(', ')}}`;
    });
}

function sortedPlain(entries: string[], plain: RegExp): string[] | null {
  if (entries.length > clusters.sortedEntries) return null;
  return entries.every((entry) => plain.test(entry)) ? entries.sort() : null;
}

/** JUnit's words around two values that should be the same. */
const compared = /expected: ?<|> but was: ?</g;
const endsWithMark = new RegExp(`(?<!<)${placeholder}$`);

/**
 * In `expected:<ab[c]d> but was:<ab[e]d>` the brackets hold what differs, which is the data, as the body
 * of a diff is; so are `true` and `false`. The second value ends at the last `>` that ends a line.
 * O(length).
 */
function withoutCompared(text: string): string {
  const marks = [...text.matchAll(compared)];
  const second = marks.findIndex(([mark], i) => i > 0 && mark.startsWith('>'));
  if (second < 0 || marks[0]![0].startsWith('>')) return text;
  const [from, to] = [endOf(marks[0]!), marks[second]!.index];
  const lines = text.slice(endOf(marks[second]!)).split('\n');
  const last = lines.findLastIndex((line) => line.endsWith('>') && !endsWithMark.test(line));
  if (last < 0) return text;
  const values = [
    text.slice(from, to),
    lines
      .slice(0, last + 1)
      .join('\n')
      .slice(0, -1),
  ];
  const [expected, actual] = values.every(isPlain) ? ['<diff>', '<diff>'] : values.map(sameOf);
  const rest = lines.slice(last + 1).map((line) => `\n${line}`);
  const between = text.slice(to, endOf(marks[second]!));
  return `${text.slice(0, from)}${expected}${between}${actual}>${rest.join('')}`;
}

const endOf = (mark: RegExpExecArray): number => mark.index + mark[0].length;
const isPlain = (value: string): boolean => /^(?:true|false|<diff>)$/.test(value);

/** A value with the brackets and what is in them replaced by one mark. */
function sameOf(value: string): string {
  const [open, close] = [value.indexOf('['), value.lastIndexOf(']')];
  return open < 0 || close < open
    ? value
    : `${value.slice(0, open)}<diff>${value.slice(close + 1)}`;
}

const diffHeader = /^(?:E\s)?\s*(?:[-+] (?:Expected|Received|Actual|Snapshot)\b|@@ .*@@)/;
const diffBody = /^(?:E\s)?(?:\s*[-+?]|\s*$|\s+(?!at )\S)/;

/** The lines with the body of each diff replaced by one mark; its headers stay. O(length). */
export function withoutDiffBodies(lines: string[]): string[] {
  const kept: string[] = [];
  let isInDiff = false;
  for (const line of lines) {
    if (diffHeader.test(line)) {
      isInDiff = true;
      if (line.includes('@@')) continue;
    } else if (isInDiff && diffBody.test(line)) {
      if (kept.at(-1) !== '<diff>') kept.push('<diff>');
      continue;
    } else isInDiff = false;
    kept.push(line);
  }
  return kept;
}
