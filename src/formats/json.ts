import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import { findJsonFault } from './json-fault.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * JSON from raw bytes, in the order of checks: empty, UTF-8, depth and tokens, syntax.
 * A byte order mark is skipped. Throws an AppError that a client can act on. O(bytes).
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (isBlank(bytes)) throw new AppError('invalid_json', 'the body is empty');
  const text = decode(bytes);
  checkShape(bytes);
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `the body is not valid JSON at offset ${findJsonFault(bytes)}`;
    throw new AppError('invalid_json', message, { cause: error });
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new AppError('invalid_utf8', 'the body is not valid UTF-8', { cause: error });
  }
}

function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return false;
  }
  return true;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Counts nesting and tokens before anything is built, because JSON.parse itself accepts millions
 * of levels. Strings are skipped by searching for their closing quote. One pass over the bytes.
 */
function checkShape(bytes: Uint8Array): void {
  const maxDepth = limits.jsonDepth.value;
  const maxTokens = limits.jsonTokens.value;
  let depth = 0;
  let tokens = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        i = endOfString(bytes, i + 1);
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth) {
          throw new AppError('too_deep', `the body is nested deeper than ${maxDepth} levels`);
        }
        tokens++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      case 0x2c: // ,
      case 0x3a: // :
        tokens++;
        break;
    }
  }
  if (tokens > maxTokens) {
    throw new AppError('too_many_tokens', `the body has more than ${maxTokens} values`);
  }
}

/** Index of the quote that closes the string begun before `from`; the end where none does. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === BACKSLASH) i++;
    else if (byte === QUOTE) return i;
  }
  return bytes.length;
}
