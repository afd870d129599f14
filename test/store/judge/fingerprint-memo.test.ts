import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { failureFields } from '../../../src/domain/failure-fields.ts';
import { fingerprint } from '../../../src/domain/fingerprint.ts';
import { FingerprintMemo } from '../../../src/store/judge/fingerprint-memo.ts';

const piece = fc.constantFrom(
  ...['TS', 'CS', 'Http', 'Error', 'Exception: ', 'expected ', 'word', 'ERR_SOCKET', 'SIGSEGV'],
  ...[
    '0x',
    '@',
    'a',
    'f',
    'e',
    'E',
    '-',
    '+',
    '.',
    ':',
    ',',
    '/',
    '\\',
    ' ',
    '\n',
    '\n    at f (x.ts:',
  ],
  ...['C:\\', 'https://', 'localhost:', '[', ']', '::', 'map[', '{k=', '}', '<n>', ')', '\u001b['],
  ...['m', 'T', 'Z', 'Mon, ', ' Jan ', ' GMT', ' ms', '%', '@@ -', '- Expected', '+ Received', '_'],
);
const digits = fc.stringMatching(/^[0-9]{1,6}$/);
const text = fc.array(fc.oneof(piece, digits), { maxLength: 24 }).map((parts) => parts.join(''));
/** The same text with other digits, but for the two places where it matters which: `0x` and `::1`. */
const turned = (said: string, by: number): string =>
  said.replace(/(?<!::)\d(?![xX])/g, (digit) => String((Number(digit) + by) % 10));

describe('memo of fingerprints', () => {
  it('digits never tell templates apart, because texts that differ in them count as one', () => {
    fc.assert(
      fc.property(text, fc.nat(9), (message, by) => {
        const [one, other] = [message, turned(message, by)].map((said) =>
          failureFields({ message: said, stack: null }),
        );
        assert.equal(other!.template, one!.template);
        assert.equal(other!.type.replace(/\d/g, '0'), one!.type.replace(/\d/g, '0'));
      }),
      { numRuns: 3000 },
    );
  });
  it('it says what the fingerprint says, whatever was asked before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.nat(9)), { maxLength: 6 }), (asked) => {
        const memo = new FingerprintMemo();
        for (const [said, by] of asked.flatMap(([said, by]) => [
          [said, 0] as const,
          [said, by] as const,
        ])) {
          const failure = { message: turned(said, by), stack: null };
          assert.equal(memo.of(failure, 'a/b'), fingerprint(failureFields(failure), 'a/b'));
        }
      }),
      { numRuns: 500 },
    );
  });
  it('a code keeps its number, because TS2345 and TS2551 are two failures', () => {
    const memo = new FingerprintMemo();
    const of = (code: string) =>
      memo.of({ message: `error ${code}: cannot assign`, stack: null }, '');
    assert.notEqual(of('TS2345'), of('TS2551'));
    assert.equal(of('TS2345'), of('TS2345'));
    assert.equal(memo.misses, 2);
  });
  it('the same failure with another number is not looked at again, because that costs the most', () => {
    const memo = new FingerprintMemo();
    for (let ms = 100; ms < 200; ms++) {
      memo.of({ message: `TimeoutError: no answer within ${ms} ms`, stack: null }, 'a');
    }
    assert.equal(memo.misses, 1);
  });
});
