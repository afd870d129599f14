/** Error messages made of templates: what their fillings say does not matter, their words do. */

const pick = <T>(list: readonly T[], next: () => number): T =>
  list[Math.floor(next() * list.length)]!;
const whole = (below: number, next: () => number): number => Math.floor(next() * below);
const hex = (digits: number, next: () => number): string =>
  Array.from({ length: digits }, () => whole(16, next).toString(16)).join('');

const nouns =
  'account balance basket buffer cache certificate channel cluster column cursor customer device document element endpoint fixture folder gateway header image index invoice journal keyboard layer ledger locale manifest network order packet password payment pipeline plugin profile queue receipt record region schema segment session shipment snapshot socket stream table tenant thread token tracker upload vector volume widget window worker'.split(
    ' ',
  );
const verbs =
  'accept acquire allocate authorise cancel close commit compile connect convert decode deliver drop encode evict expire fetch flush load lock merge migrate mount open parse publish refresh reject release render replace reserve resolve restore rotate schedule seal serialise sign split start stop submit unmount verify write'.split(
    ' ',
  );
const types = ['Error', 'TypeError', 'TimeoutError', 'AssertionError', 'RangeError', 'IOException'];

/** Words and fillings in turn; a filling is a name of `fillings`. */
export type Template = { type: string; words: string[]; fillings: string[] };

/** Of a path the name of the file is said, and only the rest is filled in. */
const fillings: Record<string, (next: () => number) => string> = {
  number: (next) => `${whole(100_000, next)}`,
  uuid: (next) => [8, 4, 4, 4, 12].map((n) => hex(n, next)).join('-'),
  path: (next) =>
    `/${pick(['home', 'srv', 'builds'], next)}/${hex(6, next)}/report.ts:${1 + whole(900, next)}:${1 + whole(80, next)}`,
  port: (next) => `127.0.0.1:${1024 + whole(60_000, next)}`,
  time: (next) => new Date(Date.UTC(2026, 0, 1) + whole(3e10, next)).toISOString(),
  duration: (next) => `${whole(90_000, next)} ms`,
  address: (next) => `0x${hex(12, next)}`,
};

export function templateOf(next: () => number): Template {
  const length = 4 + whole(5, next);
  return {
    type: pick(types, next),
    words: Array.from({ length }, (_, i) => pick(i % 2 === 0 ? verbs : nouns, next)),
    fillings: Array.from({ length: 1 + whole(3, next) }, () => pick(Object.keys(fillings), next)),
  };
}

/** The same template with one word replaced by another. */
export function withOtherWord(template: Template, next: () => number): Template {
  const at = whole(template.words.length, next);
  const others = (at % 2 === 0 ? verbs : nouns).filter((word) => word !== template.words[at]);
  return { ...template, words: template.words.with(at, pick(others, next)) };
}

/** One message; a filling stands after every other word as long as there are any. */
export function messageOf({ type, words, fillings: names }: Template, next: () => number): string {
  const said = words.flatMap((word, i) => {
    const name = i % 2 === 1 ? names[(i - 1) / 2] : undefined;
    return name === undefined ? [word] : [word, fillings[name]!(next)];
  });
  return `${type}: ${said.join(' ')}`;
}

/** Up to five stack frames, as V8 prints them. */
export const framesOf = (count: number, next: () => number): string =>
  Array.from(
    { length: count },
    () => `\n    at ${pick(verbs, next)} (${fillings.path!(next)})`,
  ).join('');
