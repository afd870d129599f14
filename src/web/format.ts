/** How numbers, times and foreign text are written for people. Pure; templates reach it as `it.format`. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

// Written out, because loading the tables of a language costs 100 ms at start.
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const space = '\u00a0';

/** 10,000; of whole numbers */
const count = (n: number): string => String(n).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

/** 24 Nov 2026 */
function date(ms: number): string {
  const at = new Date(ms);
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** 24 Nov */
const dayOf = (ms: number): string => date(ms).replace(/ \d+$/, '');

/** 12.4 %, 0.37 %; of a share from 0 to 1, to three digits at most. */
function share(part: number): string {
  const hundred = 100 * part;
  if (hundred > 0 && hundred < 0.01) return `<${space}0.01${space}%`;
  const digits = hundred < 1 ? 2 : 1;
  const text = String(Number(hundred.toFixed(digits)));
  // Nearly all is not all.
  return `${text === '100' && part < 1 ? `>${space}99.9` : text}${space}%`;
}

/** 1 repo, 2 repos, 3 flaky */
const plural = (n: number, one: string, many = `${one}s`): string =>
  `${count(n)} ${n === 1 ? one : many}`;

/** `part` of `whole`, rounded down, so that 100 % is said only when nothing is missing. */
function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = (100 * part) / whole;
  if (part >= whole) return `100${space}%`;
  const digits = share > 99.9 ? 2 : share === Math.floor(share) ? 0 : 1;
  const floored = Math.floor(share * 10 ** digits) / 10 ** digits;
  return floored === 0 && part > 0 ? `<${space}0.1${space}%` : `${floored}${space}%`;
}

/** 421 ms, 38.2 s, 4 min 12 s, 3 h 5 min, 2 d 4 h; a dash when it was not reported. */
function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < second) return `${Math.round(ms)}${space}ms`;
  if (ms < minute) return `${(Math.floor(ms / 100) / 10).toFixed(1)}${space}s`;
  const [big, bigUnit, small, smallUnit]: [number, string, number, string] =
    ms < hour
      ? [minute, 'min', second, 's']
      : ms < day
        ? [hour, 'h', minute, 'min']
        : [day, 'd', hour, 'h'];
  const rest = Math.floor((ms % big) / small);
  const head = `${Math.floor(ms / big)}${space}${bigUnit}`;
  return rest === 0 ? head : `${head}${space}${rest}${space}${smallUnit}`;
}

/** 2 min ago; after thirty days the date. views/assets/app.js keeps it current. */
function ago(ms: number, nowMs: number): string {
  const age = nowMs - ms;
  if (age < minute) return 'just now';
  if (age < hour) return `${Math.floor(age / minute)}${space}min ago`;
  if (age < day) return `${Math.floor(age / hour)}${space}h ago`;
  if (age < 30 * day) return `${Math.floor(age / day)}${space}d ago`;
  return date(ms);
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** 2026-11-24 07:03:09 UTC */
const utc = (ms: number): string => `${iso(ms).slice(0, 19).replace('T', ' ')} UTC`;

/** Marks that turn or hide text without being seen themselves. */
const invisible = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const piledMarks = /(\p{M}{8})\p{M}+/gu;

/**
 * Foreign text as it may stand on a page: direction marks and zero-width characters are spelled
 * out, piles of combining marks cut at eight. The template escapes it and isolates it in <bdi>.
 */
const visible = (text: string): string =>
  text
    .replace(
      invisible,
      (mark) => `[U+${mark.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(piledMarks, '$1…');

/** At most `max` characters, cut in the middle: the end of a long name tells more than its middle. */
function middle(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = Math.floor((max - 1) / 2);
  const start = max - 1 - end;
  return `${text.slice(0, start).toWellFormed()}…${text.slice(-end).toWellFormed()}`;
}

/** A commit hash to ten digits; a tag or anything else as text. */
const commit = (text: string): string =>
  /^[0-9a-f]{11,}$/i.test(text) ? text.slice(0, 10) : middle(visible(text), 24);

/** 3, 5–7 */
function ranges(sorted: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    parts.push(end === i ? String(sorted[i]) : `${sorted[i]}–${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(', ');
}

export const format = {
  count,
  plural,
  percent,
  share,
  date,
  day: dayOf,
  duration,
  ago,
  iso,
  utc,
  visible,
  middle,
  commit,
  ranges,
};
