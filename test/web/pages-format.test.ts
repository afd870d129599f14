import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RunFacts } from '../../src/store/reads.ts';
import { format } from '../../src/web/format.ts';
import { caseRows } from '../../src/web/pages/parts/case-row.ts';
import { countsInWords, passRate } from '../../src/web/pages/parts/facts.ts';
import { filterLink, outwardLink, withQuery } from '../../src/web/pages/parts/links.ts';
import { pagerOf } from '../../src/web/pages/parts/pager.ts';
import { smallStrip, stripOf } from '../../src/web/pages/parts/strip.ts';

/** Non-breaking blanks as blanks, so that expectations can be read. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('percent', () => {
  const say = (part: number, whole: number) => plain(format.percent(part, whole));
  it('never rounds up to 100 %, because one failure in 10,000 is a failure', () => {
    assert.equal(say(9_999, 10_000), '99.99 %');
    assert.equal(say(999_999, 1_000_000), '99.99 %');
    assert.equal(say(10_000, 10_000), '100 %');
  });
  it('never rounds down to nothing, because something passed', () => {
    assert.equal(say(1, 100_000), '< 0.1 %');
    assert.equal(say(0, 10), '0 %');
  });
  it('says nothing about nothing', () => assert.equal(say(0, 0), '–'));
});

describe('share', () => {
  for (const [part, text] of [
    [0, '0 %'],
    [0.00004, '< 0.01 %'],
    [0.0037, '0.37 %'],
    [0.1239, '12.4 %'],
    [0.99999, '> 99.9 %'],
    [1, '100 %'],
  ] as const) {
    it(`${part} reads ${text}`, () => assert.equal(plain(format.share(part)), text));
  }
});

describe('duration', () => {
  for (const [ms, text] of [
    [null, '–'],
    [0, '0 ms'],
    [421, '421 ms'],
    [38_249, '38.2 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [252_000, '4 min 12 s'],
    [11_100_000, '3 h 5 min'],
    [187_200_000, '2 d 4 h'],
  ] as const) {
    it(`${ms} ms reads ${text}`, () => assert.equal(plain(format.duration(ms)), text));
  }
});

describe('ago', () => {
  const now = Date.UTC(2026, 10, 24, 7, 0);
  for (const [ms, text] of [
    [-5_000, 'just now'],
    [59_000, 'just now'],
    [120_000, '2 min ago'],
    [7_200_000, '2 h ago'],
    [3 * 86_400_000, '3 d ago'],
    [31 * 86_400_000, '24 Oct 2026'],
  ] as const) {
    it(`${ms} ms back reads ${text}`, () => assert.equal(plain(format.ago(now - ms, now)), text));
  }
});

describe('foreign text', () => {
  it('shows what would turn or hide text, because it could lie about a name', () => {
    assert.equal(format.visible('a\u202eb\u200bc'), 'a[U+202E]b[U+200B]c');
  });
  it('keeps joiners, because emoji and Persian need them', () => {
    assert.equal(format.visible('👩‍🚀 می‌خواهم'), '👩‍🚀 می‌خواهم');
  });
  it('cuts piles of combining marks, because they would cover other rows', () => {
    assert.equal(format.visible(`a${'\u0301'.repeat(500)}b`), `a${'\u0301'.repeat(8)}…b`);
  });
  it('is cut in the middle, because the end of a long name tells more', () => {
    assert.equal(
      format.middle('packages/web/src/checkout/cart.test.ts', 20),
      'packages/w…t.test.ts',
    );
  });
  it('a cut is never longer than asked and keeps characters whole', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 80 }),
        fc.integer({ min: 3, max: 60 }),
        (text, max) => {
          const cut = format.middle(text.toWellFormed(), max);
          assert.ok(cut.length <= max);
          assert.ok(cut.isWellFormed());
        },
      ),
    );
  });
  it('a hash is shown short, a tag whole', () => {
    assert.equal(format.commit('0123456789abcdef0123'), '0123456789');
    assert.equal(format.commit('javascript:1'), 'javascript:1');
  });
  it('numbers in a row become a range', () => {
    assert.equal(format.ranges([3, 5, 6, 7, 9]), '3, 5–7, 9');
    assert.equal(format.ranges([]), '');
  });
});

describe('links', () => {
  it('leave empty values out, so that one state has one URL', () => {
    assert.equal(
      withQuery('/r/a/b', { branch: 'x/y&z', commit: undefined, q: '' }),
      '/r/a/b?branch=x%2Fy%26z',
    );
    assert.equal(withQuery('/', {}), '/');
  });
  it('are not made when they would be very long', () => {
    assert.equal(filterLink('/', { suite: '漢'.repeat(200) }), null);
  });
  it('lead out only by http', () => {
    for (const bad of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc',
      '//host',
      'ci/42',
      null,
    ]) {
      assert.equal(outwardLink(bad), null, String(bad));
    }
    assert.equal(outwardLink('https://ci.example/1')?.host, 'ci.example');
  });
});

describe('counts in words', () => {
  const summary = (passed: number, failed: number, skipped: number, flaky: number) => ({
    total: passed + failed + skipped + flaky,
    passed,
    failed,
    skipped,
    flaky,
    durationMs: null,
  });
  for (const [counts, words] of [
    [summary(5, 0, 0, 0), 'all 5 passed'],
    [summary(4, 0, 1, 0), '4 passed, 1 skipped'],
    [summary(1_000, 2, 1, 3), '2 failed, 3 flaky of 1,006'],
    [summary(0, 0, 7, 0), 'none of 7 executed'],
    [summary(0, 0, 0, 0), 'no cases'],
    [{ ...summary(3, 0, 0, 0), total: 10 }, '3 of 10 passed'],
  ] as const) {
    it(words, () => assert.equal(countsInWords(counts), words));
  }
  it('the pass rate leaves skipped cases out and says how it came about', () => {
    const { text, how } = passRate(summary(98, 1, 100, 1));
    assert.equal(plain(text), '99 %');
    assert.match(how, /98 passed and 1 flaky of 100 executed/);
  });
});

describe('pager', () => {
  const picture = (page: number, total: number) =>
    pagerOf(page, 100, total, String)
      .pages.map((p) => (p === null ? '…' : p.isCurrent ? `[${p.number}]` : p.number))
      .join(' ');
  for (const [page, total, text] of [
    [1, 0, '[1]'],
    [1, 100, '[1]'],
    [1, 101, '[1] 2'],
    [50, 10_000, '1 2 … 49 [50] 51 … 99 100'],
    [100, 10_000, '1 2 … 99 [100]'],
    [7, 101, '1 2'],
  ] as const) {
    it(`page ${page} of ${total} cases: ${text}`, () => assert.equal(picture(page, total), text));
  }
  it('beyond the end leads back to the last page', () => {
    const { previous, next } = pagerOf(7, 100, 101, String);
    assert.deepEqual([previous, next], ['2', null]);
  });
});

describe('strip', () => {
  const run = (seq: number, outcome: RunFacts['outcome'], durationMs: number | null) =>
    ({
      seq,
      id: String(seq),
      repo: 'a/b',
      outcome,
      startedAtMs: 0,
      summary: { failed: 0, durationMs },
    }) as RunFacts;

  it('the newest run stands at the right edge, however few there are', () => {
    const { bars, width, barWidth } = stripOf(
      [run(2, 'failed', 10), run(1, 'passed', 10)],
      smallStrip,
      0,
    );
    assert.deepEqual(
      bars.map((bar) => bar.outcome),
      ['passed', 'failed'],
    );
    assert.equal(bars.at(-1)!.x + barWidth, width);
  });
  it('height is duration, but a bar is never too low for its cross', () => {
    const { bars, height } = stripOf(
      [run(3, 'passed', 1_000), run(2, 'passed', 500), run(1, 'failed', 0)],
      smallStrip,
      0,
    );
    assert.deepEqual(
      bars.map((bar) => bar.height),
      [8, height / 2, height],
    );
  });
  it('unknown durations have half the height, because nothing says more', () => {
    const { bars, longestMs } = stripOf([run(1, 'passed', null)], smallStrip, 0);
    assert.equal(bars[0]!.height, smallStrip.height / 2);
    assert.equal(longestMs, null);
  });
  it('says in words what it shows', () => {
    const { label } = stripOf([run(2, 'failed', 1), run(1, 'passed', 1)], smallStrip, 0);
    assert.equal(label, 'Last 2 runs, oldest first: 1 passed, 1 failed');
    assert.equal(stripOf([run(1, 'failed', 1)], smallStrip, 0).label, '1 run: failed');
  });
});

describe('case rows', () => {
  const base = {
    testId: 'x',
    suite: 's',
    name: 'n',
    status: 'failed',
    durationMs: 1,
    attempts: 1,
    file: null,
    line: null,
  } as const;

  it('a lone failure is shown whole', () => {
    const errorMessage = `first\n${'x'.repeat(16_000)}`;
    const [row] = caseRows([{ ...base, errorMessage, stack: null }]);
    assert.equal(row!.message, errorMessage);
    assert.equal(row!.headline, 'first');
    assert.equal(row!.isCut, false);
  });
  it('a short message is its own headline and needs no folding', () => {
    const [row] = caseRows([{ ...base, errorMessage: 'expected 1, got 2', stack: null }]);
    assert.deepEqual([row!.headline, row!.message, row!.stack], ['expected 1, got 2', null, null]);
  });
  it('a hundred failures share the page, in bytes as they are sent', () => {
    const text = '"'.repeat(16_000);
    const rows = caseRows(
      Array.from({ length: 100 }, () => ({
        ...base,
        suite: text.slice(0, 1_000),
        errorMessage: text,
        stack: text,
      })),
    );
    const escaped = rows.reduce(
      (n, row) => n + 5 * (row.suite.length + row.message!.length + row.stack!.length),
      0,
    );
    assert.ok(escaped < 200_000, String(escaped));
    assert.ok(rows.every((row) => row.isCut));
  });
});
