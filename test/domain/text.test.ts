import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cleanText, cutName, cutText, tidyName } from '../../src/domain/text.ts';

const ESC = '\u001b';

describe('text', () => {
  it('colours and links of a terminal are removed, because a page is no terminal', () => {
    assert.equal(
      cleanText(`${ESC}[31mred${ESC}[0m ${ESC}]8;;http://evil${ESC}\\link${ESC}]8;;${ESC}\\`),
      'red link',
    );
    assert.equal(cleanText(`${ESC}]0;title\u0007text`), 'text');
  });
  it('tabs and line feeds stay, CR LF is LF, other controls become visible', () => {
    assert.equal(cleanText('a\tb\r\nc\u0000d\u0085e'), 'a\tb\nc\ufffdd\ufffde');
  });
  it('lone surrogates are replaced, because they cannot be stored as UTF-8', () => {
    assert.equal(cleanText('a\ud800b'), 'a\ufffdb');
  });
  it('a name is one line: white space collapses and goes at the ends', () => {
    assert.equal(tidyName('  adds\n\t two   numbers '), 'adds two numbers');
  });
  it('a long name keeps a hash of its whole, so that two names equal at the start stay two', () => {
    const [a, b] = ['x', 'y'].map((end) => cutName('n'.repeat(2000) + end, 1000));
    assert.match(a!, /^n{1000}…#[0-9a-f]{8}$/);
    assert.notEqual(a, b);
    assert.equal(cutName('short', 1000), 'short');
  });
  it('a long text says how much is missing', () => {
    assert.equal(cutText('abcdef', 4), 'abcd\n… cut here, 2 more characters');
  });
  it('cleaning holds for any text: well formed, no control but \\t and \\n, and twice is once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = cleanText(text);
        assert.ok(clean.isWellFormed());
        assert.doesNotMatch(clean, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        assert.equal(cleanText(clean), clean);
        assert.equal(tidyName(tidyName(text)), tidyName(text));
      }),
    );
  });
});
