import { clusters } from './analytics-params.ts';
import { normaliseMessage, readablePart, withoutDiffBodies } from './normalise-message.ts';

/** What a failing case says, as it is stored. */
export type FailureText = { message: string | null; stack: string | null };

/** What is compared of a failure. */
export type FailureFields = SaidFields & {
  /** the first stack frame outside of libraries, file and function without line; null: none */
  frame: string | null;
};

/** What it says, wherever it happened. */
export type SaidFields = {
  /** name of the exception without its package, or a framework's code; '' where none is told */
  type: string;
  /** the normalised first lines of the message; '' where there are none */
  template: string;
};

/** Without a message the stack stands in, whose first lines often carry it. O(length). */
export function failureFields({ message, stack }: FailureText): FailureFields {
  const [said, trace] = [readablePart(message ?? ''), readablePart(stack ?? '')];
  const text = said.trim() === '' ? trace : said;
  return {
    type: errorType(said) || errorType(trace),
    template: templateOf(text),
    frame: ownFrame(trace) ?? ownFrame(said),
  };
}

/** The first ten lines that say something, without stack frames and bodies of diffs, normalised. */
function templateOf(text: string): string {
  const told = withoutDiffBodies(text.split('\n')).filter(
    (line) => line.trim() !== '' && !stackFrame.test(line),
  );
  return normaliseMessage(told.slice(0, clusters.templateLines).join('\n'));
}

/** Frames of V8, the JVM, .NET, Python, Ruby, Go, Rust and gdb, and what stands between them. */
const stackFrame =
  /^\s*(?:at\s+\S|File "[^"]*", line \d|from \S+:\d+:in |#\d+\s|\d+:\s+(?:0x)?\S+::|\.\.\. \d+ more|Traceback \(|goroutine \d+ \[|\S+\.go:\d+ \+0x|\S+:\d+:in )/;

const word = /[A-Za-z_$][\w$.]*/g;
const exceptionName =
  /^[A-Z]\w*(?:Error|Exception|Failure|Timeout|Panic)$|^(?:Error|Exception|Failure|Timeout|Panic)$/;
const code =
  /^(?:(?:TS|CS)\d{4}|ERR_[A-Z_]{3,}|E(?:CONN|ADDR|HOST|NET|PIPE|TIMED|NO|ACC|PERM|MFILE|AGAIN|EXIST|BUSY)[A-Z]*|SIG[A-Z]{3,5}|panic)$/;

/** The first word that looks like an exception or a code, without its package. */
function errorType(text: string): string {
  for (const [found] of text.matchAll(word)) {
    const name = found.replace(/\.+$/, '').split('.').at(-1)!.split('$').at(-1)!;
    if (exceptionName.test(name) || code.test(name)) return name;
  }
  return '';
}

/** Where a frame is and in what function: V8 and JVM, Python, Ruby, Go. */
const places = [
  /^\s*at (?:async )?(?:(?<name>[^()]{1,300}?) )?\(?(?<file>[^()\s]{1,500}?)(?::\d+){1,2}\)?$/,
  /^\s*at (?<name>[\w$.<>]{1,300})\((?<file>[\w$.]{1,200})(?::\d+)?\)/,
  /^\s*File "(?<file>[^"]{1,500})", line \d+, in (?<name>\S{1,300})/,
  /^\s*(?:from )?(?<file>[^\s:]{1,500}):\d+:in [`'](?<name>[^']{1,300})'/,
  /^\s*(?<file>\S{1,500}\.go):\d+(?: \+0x|$)/,
];
const vendor =
  /node_modules[\\/]|node:|internal[\\/]|<anonymous>|site-packages|dist-packages|[\\/]gems[\\/]|[\\/]lib[\\/]python|[\\/]usr[\\/]|_pytest|[\\/]unittest[\\/]|[\\/](?:runtime|testing)[\\/]/;
const vendorName =
  /^(?:java|javax|jdk|sun|com\.sun|kotlin|scala|groovy|junit|org\.(?:junit|testng|mockito|hamcrest|assertj|gradle|apache\.maven|springframework\.test))\./;

function ownFrame(text: string): string | null {
  for (const line of text.split('\n')) {
    const groups = places.map((place) => place.exec(line.slice(0, 1000))?.groups).find(Boolean);
    if (groups === undefined) continue;
    const [file, name] = [groups.file ?? '', groups.name ?? ''];
    if (vendor.test(file) || vendorName.test(name)) continue;
    return `${file.split(/[\\/]/).at(-1)} ${name}`.trim();
  }
  return null;
}

const stopWords = new Set(
  'a actual an and are as assert assertion at be been but by did do does equal equals error exception expect expected expecting fail failed failure false for from get given got has have in is it message nan no not null of on or received result same should than that the this to true undefined value was were what when with'.split(
    ' ',
  ),
);
const placeholders = /<[a-z]{1,4}>/g;

/** A bare assertion or error: it tells no more than that something failed. */
const commonType = /^(?:Assertion|Comparison)|^(?:Error|Exception|Failure|Timeout|Panic)?$/;

/** How far a failure's words tell it from others. */
export type Telling = 'much' | 'little' | 'nothing';

/**
 * `much`: three words at least that are neither common nor the type. `nothing`: no word beside a
 * type that any failure could have. O(length).
 */
export function tellingOf({ type, template }: SaidFields): Telling {
  const words = template.replace(placeholders, ' ').match(/[\p{L}_$][\p{L}\p{N}_$.]+/gu) ?? [];
  const said = words.filter((each) => each !== type && !each.endsWith(`.${type}`));
  const rare = said.filter((each) => !stopWords.has(each.toLowerCase()));
  if (rare.length >= clusters.minInformativeWords) return 'much';
  return said.length === 0 && commonType.test(type) ? 'nothing' : 'little';
}
