import type { Notes } from '../../contract/test-run.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { type EntityFaults, maxReferenceLength, resolveReferences } from './entities.ts';

export type XmlHandler = {
  /** `attributes` hold only during the call */
  open(name: string, attributes: Attributes): void;
  close(): void;
  /** a piece of text or CDATA of the innermost element, references resolved */
  text(piece: string): void;
  /** while false, text is skipped without being looked at */
  readonly wantsText: boolean;
};

/** The attributes of one tag as places in the text; only what is asked for becomes a string. */
export class Attributes {
  readonly #faults: EntityFaults;
  /** name from, name to, value from, value to */
  readonly #places = new Uint32Array(limits.xmlAttributes.value * 4);
  #text = '';
  #count = 0;

  constructor(faults: EntityFaults) {
    this.#faults = faults;
  }

  begin(text: string): void {
    this.#text = text;
    this.#count = 0;
  }

  add(nameFrom: number, nameTo: number, valueFrom: number, valueTo: number): void {
    if (this.#count >= limits.xmlAttributes.value) {
      const max = limits.xmlAttributes.value;
      throw new AppError('too_many_tokens', `an element has more than ${max} attributes`);
    }
    const places = this.#places;
    const at = this.#count++ * 4;
    places[at] = nameFrom;
    places[at + 1] = nameTo;
    places[at + 2] = valueFrom;
    places[at + 3] = valueTo;
  }

  /** The value with references resolved; null when absent. The first of equal names counts. */
  get(name: string): string | null {
    const places = this.#places;
    for (let i = 0, at = 0; i < this.#count; i++, at += 4) {
      const from = places[at]!;
      if (places[at + 1]! - from !== name.length || !this.#text.startsWith(name, from)) continue;
      return resolveReferences(this.#text.slice(places[at + 2], places[at + 3]), this.#faults);
    }
    return null;
  }
}

const CONTENT = 0;
const COMMENT = 1;
const INSTRUCTION = 2;
const CDATA = 3;
const ends = ['', '-->', '?>', ']]>'];

const BANG = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const SPACE = 0x20;

const forbiddenCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const nonCharacters = /[\ufffe\uffff]/g;

/**
 * A forgiving, streaming reader of XML without DTD, for reports as they are found: what is not
 * well-formed is read the way its writer meant it, and said in a warning.
 *
 * - a DOCTYPE is refused, so no entity is ever defined and nothing outside is ever read
 * - names lose their prefix; comments and processing instructions are skipped
 * - a `<` that begins no tag is text; an unquoted or valueless attribute is one
 * - an end tag closes what is open inside its element; one without an element is ignored
 * - text comes in pieces, never gathered here: memory is one piece and one tag
 *
 * Faults and results do not depend on how the text is cut into pieces. Linear.
 */
export class XmlScanner {
  readonly #handler: XmlHandler;
  readonly #notes: Notes;
  readonly #attributes: Attributes;
  readonly #faults: EntityFaults;
  readonly #open: string[] = [];
  readonly #noted = new Set<string>();
  #text = '';
  #at = 0;
  #state = CONTENT;

  constructor(handler: XmlHandler, notes: Notes) {
    this.#handler = handler;
    this.#notes = notes;
    this.#faults = {
      unknown: (name) => notes.add('unknown_entity', `&${name}; is not defined and was kept`),
      forbidden: () => this.#once('repaired_characters', repaired),
    };
    this.#attributes = new Attributes(this.#faults);
  }

  write(piece: string): void {
    this.#add(piece);
    this.#run(false);
    this.#text = this.#text.slice(this.#at);
    this.#at = 0;
  }

  /** Whether the document ended where it should: outside of any tag, comment or element. */
  end(): boolean {
    this.#run(true);
    return this.#open.length === 0 && this.#state === CONTENT && this.#at >= this.#text.length;
  }

  #add(piece: string): void {
    let text = piece;
    if (forbiddenCharacters.test(piece)) {
      this.#once('repaired_characters', repaired);
      text = piece.replace(nonCharacters, '\ufffd');
    }
    this.#text = this.#text === '' ? text : this.#text + text;
  }

  /** Reads as far as the text tells what it is. */
  #run(isEnd: boolean): void {
    for (;;) {
      const goesOn =
        this.#state === CONTENT ? this.#content(isEnd) : this.#enclosed(ends[this.#state]!, isEnd);
      if (!goesOn) return;
    }
  }

  #content(isEnd: boolean): boolean {
    const text = this.#text;
    const less = text.indexOf('<', this.#at);
    if (less < 0) {
      const to = isEnd ? text.length : beforeReference(text, this.#at);
      this.#emit(to);
      this.#at = to;
      return false;
    }
    if (less > this.#at) this.#emit(less);
    this.#at = less;
    return this.#markup(isEnd);
  }

  #emit(to: number): void {
    if (!this.#handler.wantsText || to <= this.#at) return;
    this.#handler.text(resolveReferences(this.#text.slice(this.#at, to), this.#faults));
  }

  /** A comment, instruction or CDATA section up to its end mark. */
  #enclosed(mark: string, isEnd: boolean): boolean {
    const found = this.#text.indexOf(mark, this.#at);
    const heldBack = isEnd ? 0 : mark.length - 1;
    const to = found < 0 ? Math.max(this.#at, this.#text.length - heldBack) : found;
    if (this.#state === CDATA && this.#handler.wantsText && to > this.#at) {
      this.#handler.text(this.#text.slice(this.#at, to));
    }
    this.#at = to;
    if (found < 0) return false;
    this.#at += mark.length;
    this.#state = CONTENT;
    return true;
  }

  /** At a `<`. False: more text is needed to tell. */
  #markup(isEnd: boolean): boolean {
    const next = this.#text.charCodeAt(this.#at + 1);
    if (Number.isNaN(next)) return false;
    if (next === SLASH) return this.#endTag();
    if (next === BANG) return this.#declaration(isEnd);
    if (next === QUESTION) return this.#enter(INSTRUCTION, 2);
    return isNameStart(next) ? this.#startTag() : this.#literal();
  }

  #enter(state: number, length: number): true {
    this.#state = state;
    this.#at += length;
    return true;
  }

  #declaration(isEnd: boolean): boolean {
    const head = this.#text.slice(this.#at, this.#at + 9).toUpperCase();
    if (head.startsWith('<!--')) return this.#enter(COMMENT, 4);
    if (head === '<![CDATA[') return this.#enter(CDATA, 9);
    if (head === '<!DOCTYPE') {
      throw new AppError(
        'doctype_not_allowed',
        'a DOCTYPE is not allowed; send the report without',
      );
    }
    const isUnfinished =
      '<!--'.startsWith(head) || '<![CDATA['.startsWith(head) || '<!DOCTYPE'.startsWith(head);
    return isUnfinished && !isEnd ? false : this.#literal();
  }

  /** A `<` that begins nothing: text. */
  #literal(): true {
    this.#malformed();
    if (this.#handler.wantsText) this.#handler.text('<');
    this.#at++;
    return true;
  }

  #endTag(): boolean {
    const text = this.#text;
    const from = this.#at + 2;
    let to = from;
    while (isNamePart(text.charCodeAt(to))) to++;
    const greater = text.indexOf('>', to);
    if (greater < 0) return this.#needsMore();
    this.#checkLength(greater);
    this.#at = greater + 1;
    this.#close(localName(text, from, to));
    return true;
  }

  #close(name: string): void {
    const depth = this.#open.lastIndexOf(name);
    if (depth !== this.#open.length - 1 || depth < 0) this.#malformed();
    if (depth < 0) return;
    while (this.#open.length > depth) {
      this.#open.pop();
      this.#handler.close();
    }
  }

  #startTag(): boolean {
    const text = this.#text;
    this.#attributes.begin(text);
    const from = this.#at + 1;
    let at = from;
    while (isNamePart(text.charCodeAt(at))) at++;
    const name = localName(text, from, at);
    for (;;) {
      const code = text.charCodeAt(at);
      if (code <= SPACE) at++;
      else if (code === GREATER) return this.#tagEnds(name, at + 1, false);
      else if (code === SLASH && text.charCodeAt(at + 1) === GREATER)
        return this.#tagEnds(name, at + 2, true);
      else if (code === LESS) {
        this.#malformed();
        return this.#tagEnds(name, at, false);
      } else if (Number.isNaN(code) || (code === SLASH && at + 1 === text.length))
        return this.#needsMore();
      else {
        at = this.#attribute(at);
        if (at < 0) return this.#needsMore();
      }
    }
  }

  /** Where the attribute that begins at `from` ends; -1 when more text is needed. */
  #attribute(from: number): number {
    const text = this.#text;
    let to = from;
    while (isAttributeNamePart(text.charCodeAt(to))) to++;
    let at = to;
    while (text.charCodeAt(at) <= SPACE) at++;
    if (at >= text.length) return -1;
    if (text.charCodeAt(at) !== EQUALS) {
      this.#malformed();
      if (to > from) this.#attributes.add(from, to, to, to);
      return to > from ? at : from + 1;
    }
    at++;
    while (text.charCodeAt(at) <= SPACE) at++;
    if (at >= text.length) return -1;
    const quote = text.charCodeAt(at);
    if (quote !== QUOTE && quote !== APOSTROPHE) return this.#unquoted(from, to, at);
    const end = text.indexOf(quote === QUOTE ? '"' : "'", at + 1);
    if (end < 0) return -1;
    this.#attributes.add(from, to, at + 1, end);
    return end + 1;
  }

  #unquoted(from: number, to: number, valueFrom: number): number {
    const text = this.#text;
    let end = valueFrom;
    for (let code = text.charCodeAt(end); code > SPACE && code !== GREATER; ) {
      if (code === SLASH && text.charCodeAt(end + 1) === GREATER) break;
      code = text.charCodeAt(++end);
    }
    if (end >= text.length - 1) return -1;
    this.#malformed();
    this.#attributes.add(from, to, valueFrom, end);
    return end;
  }

  #tagEnds(name: string, at: number, isEmpty: boolean): true {
    this.#checkLength(at);
    if (this.#open.length >= limits.xmlDepth.value) {
      const max = limits.xmlDepth.value;
      throw new AppError('too_deep', `elements are nested deeper than ${max} levels`);
    }
    this.#at = at;
    this.#open.push(name);
    this.#handler.open(name, this.#attributes);
    if (isEmpty) {
      this.#open.pop();
      this.#handler.close();
    }
    return true;
  }

  #needsMore(): false {
    this.#checkLength(this.#text.length);
    return false;
  }

  #checkLength(to: number): void {
    if (to - this.#at <= limits.xmlTagLength.value) return;
    throw new AppError('too_many_tokens', 'a tag with its attributes is longer than 1 MiB');
  }

  #malformed(): void {
    this.#once(
      'malformed_xml',
      'the report is not well-formed XML; it was read as far as possible',
    );
  }

  #once(code: string, message: string): void {
    if (this.#noted.has(code)) return;
    this.#noted.add(code);
    this.#notes.add(code, message);
  }
}

const repaired = 'characters that XML forbids were replaced';

/** Where a reference that the end of the text may have cut begins; the end where there is none. */
function beforeReference(text: string, from: number): number {
  const at = text.lastIndexOf('&');
  const isCut = at >= from && text.length - at < maxReferenceLength && !text.includes(';', at);
  return isCut ? at : text.length;
}

const isNameStart = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code >= 0x80;

/** Any character that cannot end a name; NaN, at the end of the text, can. */
const isNamePart = (code: number): boolean =>
  code > SPACE && code !== GREATER && code !== SLASH && code !== LESS;

const isAttributeNamePart = (code: number): boolean => isNamePart(code) && code !== EQUALS;

function localName(text: string, from: number, to: number): string {
  const name = text.slice(from, to);
  const colon = name.lastIndexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
