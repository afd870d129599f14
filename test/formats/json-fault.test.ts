import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findJsonFault } from '../../src/formats/json-fault.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Where V8 says that it stopped; undefined where it does not say. */
function toldByV8(text: string): number | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(String(error));
    if (at !== null) return Number(at[1]);
  }
  return undefined;
}

describe('the place of a fault in JSON', () => {
  it('stands on the first byte that cannot be there, because a person looks there', () => {
    for (const [text, at] of [
      ['{', 1],
      ['{"a":', 5],
      ['{"a":1,}', 7],
      ['{"a":NaN}', 5],
      ["{'a':1}", 1],
      ['[1,2] 3', 6],
      ['{"a" 1}', 5],
      ['"a\nb"', 2],
      ['"\\x"', 2],
      ['"\\u12g4"', 5],
      ['01', 1],
      ['-', 1],
      ['1.', 2],
      ['1e+', 3],
      ['nul', 3],
      ['"ä" x', 5],
      ['\ufeff{', 4],
    ] as const) {
      assert.equal(findJsonFault(bytesOf(text)), at, text);
    }
  });

  it('finds none in what JSON.parse takes, because both read one grammar', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom('', ' ', '\n\t'), (text, blank) => {
        const bytes = bytesOf(blank + text + blank);
        assert.equal(findJsonFault(bytes), bytes.length);
      }),
    );
  });

  it('agrees with V8 about every mutation of which V8 tells the place', () => {
    let told = 0;
    const mutation = fc.tuple(
      fc.json({ maxDepth: 3, stringUnit: 'grapheme-ascii' }),
      fc.nat(),
      fc.constantFrom('', '{', '}', '[', ']', ',', ':', '"', '\\', '0', '-', 'e', '.', 'n', ' '),
      fc.nat({ max: 2 }),
    );
    fc.assert(
      fc.property(mutation, ([json, where, insert, cut]) => {
        const i = where % (json.length + 1);
        const text = json.slice(0, i) + insert + json.slice(i + cut);
        if (parses(text) || /[^\x20-\x7e]/.test(text)) return;
        const at = toldByV8(text);
        if (at === undefined) return;
        told++;
        const found = findJsonFault(bytesOf(text));
        // V8 stands on the backslash or after it, on the start of a bad word or inside of it.
        assert.ok(Math.abs(found - at) <= 1, `${text}: ${found}, V8 ${at}`);
      }),
      { numRuns: 2000 },
    );
    assert.ok(told > 100, `V8 told ${told} times`);
  });
});
