import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { csvOf } from '../../src/web/pages/parts/csv.ts';

describe('a table as CSV', () => {
  it('quotes what would end a cell or a line', () => {
    const text = csvOf(
      ['name', 'n'],
      [
        ['say "a, b"\nc', 3],
        ['plain', null],
      ],
    );
    assert.equal(text, 'name,n\r\n"say ""a, b""\nc",3\r\nplain,\r\n');
  });
  it('gives no spreadsheet a formula, because names of tests come from anybody', () => {
    for (const name of [
      '=1+1',
      '+1',
      '-1',
      '@sum(a)',
      '\t=1',
      '\r=1',
      '\0=1',
      '|cmd',
      '%x',
      '＝1',
    ]) {
      assert.match(csvOf(['name'], [[name]]), /^name\r\n"'/, JSON.stringify(name));
    }
    assert.equal(csvOf(['n'], [[-1.5]]), 'n\r\n-1.5\r\n', 'a number is no text');
  });
  it('never makes more lines or cells than it was given', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (row) => {
        const outside = csvOf(row, []).replaceAll(/"(?:[^"]|"")*"/g, 'x');
        assert.equal(outside.split(',').length, row.length);
        assert.equal(outside.split('\n').length, 2);
      }),
    );
  });
});
