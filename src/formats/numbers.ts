import { limits } from '../limits.ts';

const plain = /^-?(?:\d+\.?\d*|\.\d+)$/;
const exponent = /^-?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}$/;
const thousands = /^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;
const decimalComma = /^-?\d*,\d+$/;

/**
 * Seconds as reports write them, as whole ms: `1.5`, `4.5e-05`, `0.`, `1,234.56` (thousands),
 * `0,25` (decimal comma). Null for what is no number, negative, or longer than thirty days.
 */
export function readSeconds(text: string): number | null {
  const trimmed = text.trim();
  const ms = Math.round(toMs(trimmed.length > 40 ? '' : trimmed));
  return ms >= 0 && ms <= limits.durationMs.value ? ms + 0 : null;
}

/** The exponent is moved in the text, so that 1.0005 s does not become 1000.4999999 ms. */
function toMs(text: string): number {
  if (plain.test(text)) return Number(`${text}e3`);
  if (exponent.test(text)) return Number(text) * 1000;
  if (thousands.test(text)) return Number(`${text.replaceAll(',', '')}e3`);
  if (decimalComma.test(text)) return Number(`${text.replace(',', '.')}e3`);
  return Number.NaN;
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const zone = '(z|utc|gmt|[+-]\\d\\d(?::?\\d\\d)?)?';
const iso = new RegExp(
  `^(\\d{4})-(\\d\\d)-(\\d\\d)(?:(?:\\s*t\\s*|\\s+)(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:[.,](\\d{1,9}))?)?\\s*${zone})?$`,
  'i',
);
const rfc1123 = new RegExp(
  `^(?:[a-z]{3,9},?\\s+)?(\\d{1,2})\\s+([a-z]{3})[a-z]*\\s+(\\d{4})\\s+(\\d\\d):(\\d\\d)(?::(\\d\\d))?\\s*${zone}$`,
  'i',
);

/**
 * A point in time as reports write it, in ms since the epoch: ISO 8601 with all its omissions, and
 * the form of RFC 1123. Without a zone it is UTC. Null for anything else, and before 1990: a clock that was never set.
 */
export function readTimestamp(text: string): number | null {
  const trimmed = text.length > 60 ? '' : text.trim();
  const found = iso.exec(trimmed);
  if (found !== null) {
    const [, year, month, day, hour, minute, second, fraction, offset] = found;
    const ms = Number(`${fraction ?? 0}`.padEnd(3, '0').slice(0, 3));
    return instant(year!, Number(month), day!, [hour, minute, second], ms, offset);
  }
  const other = rfc1123.exec(trimmed);
  if (other === null) return null;
  const [, day, month, year, hour, minute, second, offset] = other;
  const monthNumber = months.indexOf(month!.toLowerCase()) + 1;
  return instant(year!, monthNumber, day!, [hour, minute, second], 0, offset);
}

function instant(
  year: string,
  month: number,
  day: string,
  time: (string | undefined)[],
  ms: number,
  offset: string | undefined,
): number | null {
  const [hour, minute, second] = time.map((part) => Number(part ?? 0));
  const at = Date.UTC(Number(year), month - 1, Number(day), hour, minute, second, ms);
  const date = new Date(at);
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(day) && hour! < 24;
  if (!isReal || minute! > 59 || second! > 60) return null;
  const told = at - offsetMs(offset);
  return Number(year) >= 1990 ? told : null;
}

function offsetMs(offset: string | undefined): number {
  const found = /^([+-])(\d\d):?(\d\d)?$/.exec(offset ?? '');
  if (found === null) return 0;
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0);
  return (found[1] === '-' ? -minutes : minutes) * 60_000;
}
