/**
 * Where a text that JSON.parse refused stops being JSON: the offset in bytes of the first byte
 * that cannot stand there, or the length where the text ends too early. V8 tells it for some
 * faults only. For bodies whose depth was bounded before; one pass, O(bytes).
 */
export function findJsonFault(bytes: Uint8Array): number {
  const reader = new FaultFinder(bytes);
  return reader.value() && reader.isAtEnd() ? bytes.length : reader.at;
}

const chars = (text: string): Set<number> => new Set(Buffer.from(text));
const blanks = chars(' \t\n\r');
const digits = chars('0123456789');
const hexDigits = chars('0123456789abcdefABCDEF');
const escapes = chars('"\\/bfnrt');
const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Each method moves `at` over what it expects; false: `at` stands on the fault. */
class FaultFinder {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    if (byteOrderMark.every((byte, i) => bytes[i] === byte)) this.at = 3;
  }

  value(): boolean {
    this.#skip(blanks);
    const isFine = this.#bareValue();
    if (isFine) this.#skip(blanks);
    return isFine;
  }

  isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  #bareValue(): boolean {
    switch (this.#char()) {
      case '{':
        return this.#list('}', () => this.#member());
      case '[':
        return this.#list(']', () => this.value());
      case '"':
        return this.#string();
      case 't':
        return this.#word('true');
      case 'f':
        return this.#word('false');
      case 'n':
        return this.#word('null');
      default:
        return this.#number();
    }
  }

  #list(close: string, item: () => boolean): boolean {
    this.at++;
    this.#skip(blanks);
    if (this.#take(close)) return true;
    do {
      if (!item()) return false;
    } while (this.#take(','));
    return this.#take(close);
  }

  #member(): boolean {
    this.#skip(blanks);
    if (this.#char() !== '"' || !this.#string()) return false;
    this.#skip(blanks);
    return this.#take(':') && this.value();
  }

  #string(): boolean {
    for (this.at++; !this.isAtEnd(); this.at++) {
      const byte = this.#bytes[this.at]!;
      if (byte < 0x20) return false;
      if (byte === 0x22) {
        this.at++;
        return true;
      }
      if (byte === 0x5c && !this.#escape()) return false;
    }
    return false;
  }

  /** From the backslash to the last byte of the escape. */
  #escape(): boolean {
    this.at++;
    if (this.#char() !== 'u') return escapes.has(this.#bytes[this.at] ?? 0);
    for (let i = 0; i < 4; i++) {
      this.at++;
      if (!hexDigits.has(this.#bytes[this.at] ?? 0)) return false;
    }
    return true;
  }

  #number(): boolean {
    this.#take('-');
    if (!this.#take('0') && !this.#someDigits()) return false;
    if (this.#take('.') && !this.#someDigits()) return false;
    if (!this.#take('e') && !this.#take('E')) return true;
    if (!this.#take('+')) this.#take('-');
    return this.#someDigits();
  }

  #someDigits(): boolean {
    const from = this.at;
    this.#skip(digits);
    return this.at > from;
  }

  #word(word: string): boolean {
    return [...word].every((char) => this.#take(char));
  }

  #take(char: string): boolean {
    if (this.#char() !== char) return false;
    this.at++;
    return true;
  }

  #char(): string {
    return this.isAtEnd() ? '' : String.fromCharCode(this.#bytes[this.at]!);
  }

  #skip(set: Set<number>): void {
    while (set.has(this.#bytes[this.at] ?? 0)) this.at++;
  }
}
