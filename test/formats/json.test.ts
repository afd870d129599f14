import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJson } from '../../src/formats/json.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const codeOf = (input: Uint8Array) => {
  try {
    parseJson(input);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'accepted';
};

describe('JSON', () => {
  it('a byte order mark is skipped, because PowerShell writes one', () => {
    assert.deepEqual(parseJson(bytes('\ufeff{"a":1}')), { a: 1 });
  });
  for (const [input, code] of [
    ['', 'invalid_json'],
    [' \n\t ', 'invalid_json'],
    ['{', 'invalid_json'],
    ['{"a":1,}', 'invalid_json'],
    ['{} {}', 'invalid_json'],
    ["{'a':1}", 'invalid_json'],
    ['{"a":NaN}', 'invalid_json'],
    ['['.repeat(33), 'too_deep'],
    ['['.repeat(5_000_000), 'too_deep'],
    [`[${'{"a":'.repeat(31)}1${'}'.repeat(31)}]`, 'accepted'],
    [`[${'1,'.repeat(2_000_001)}1]`, 'too_many_tokens'],
    [`["${'[{,:'.repeat(1000)}\\"[["]`, 'accepted'],
  ] as const) {
    it(`${input.slice(0, 20)} (${input.length}) is ${code}`, () =>
      assert.equal(codeOf(bytes(input)), code));
  }
  it('bytes that are no UTF-8 are told apart from bad JSON', () => {
    assert.equal(codeOf(new Uint8Array([0x22, 0xff, 0x22])), 'invalid_utf8');
    assert.equal(codeOf(new Uint8Array([0x22, 0xc0, 0x80, 0x22])), 'invalid_utf8');
    assert.equal(codeOf(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])), 'invalid_utf8');
  });
  it('the offset of a fault is told, never the input around it', () => {
    assert.throws(
      () => parseJson(bytes('{"secret":}')),
      /^AppError: the body is not valid JSON( at offset \d+)?$/,
    );
  });
});
