/** Told once per reference that could not be resolved or stands for a forbidden character. */
export type EntityFaults = { unknown(name: string): void; forbidden(): void };

const named = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Longer than any reference that is resolved. */
export const maxReferenceLength = 40;
const reference = /&(?:#([0-9]{1,16})|#x([0-9a-fA-F]{1,16})|([A-Za-z_][A-Za-z0-9_.-]{0,31}));/g;

/**
 * The text with its five named and all numeric references resolved. Any other name stays as it
 * stands: there is no DTD to define it. Control characters come through, for terminal sequences to
 * be recognised later; what is no character at all becomes U+FFFD. Linear.
 */
export function resolveReferences(text: string, faults: EntityFaults): string {
  if (!text.includes('&')) return text;
  return text.replace(reference, (whole, decimal, hex, name) => {
    if (name !== undefined) {
      const character = named.get(name);
      if (character === undefined) faults.unknown(name);
      return character ?? whole;
    }
    return character(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal), faults);
  });
}

function character(code: number, faults: EntityFaults): string {
  const isControl = code < 0x20 && code !== 9 && code !== 10 && code !== 13;
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const isCharacter = code > 0 && code <= 0x10ffff && !isSurrogate && (code & 0xfffe) !== 0xfffe;
  if (isControl || !isCharacter) faults.forbidden();
  return isCharacter ? String.fromCodePoint(code) : '\ufffd';
}
