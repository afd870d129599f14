import { hash } from 'node:crypto';

/** CSI sequences, OSC strings (links, titles) with either terminator, and two-character escapes. */
const terminalSequences =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u009b[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[@-Z\\-_]/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const suspicious = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/**
 * Foreign text made safe to keep: well-formed UTF-16, terminal sequences removed, CR LF as LF,
 * any other control character replaced by U+FFFD. Tab and line feed stay. Linear.
 */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  if (!suspicious.test(formed)) return formed;
  return formed.replace(terminalSequences, '').replace(/\r\n?/g, '\n').replace(controls, '\ufffd');
}

const spaceRuns = /\s+/g;
const needsTidying = /^\s|\s$|\s\s|[^\S ]/;

/** A one-line name: cleaned, white space collapsed to single blanks, trimmed. */
export function tidyName(text: string): string {
  const clean = cleanText(text);
  return needsTidying.test(clean) ? clean.replace(spaceRuns, ' ').trim() : clean;
}

/**
 * A name of at most `max` characters plus, when it was cut, `…#` and 8 hex digits of the SHA-256
 * of the whole: two long names that differ only at their ends stay two names.
 */
export function cutName(name: string, max: number): string {
  if (name.length <= max) return name;
  const digest = hash('sha256', name).slice(0, 8);
  return `${name.slice(0, max).toWellFormed()}…#${digest}`;
}

/** The first `max` characters and a mark that tells how many of `length` are missing. */
export function cutText(text: string, max: number, length = text.length): string {
  if (length <= max) return text;
  return `${text.slice(0, max).toWellFormed()}\n… cut here, ${length - max} more characters`;
}
