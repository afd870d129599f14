import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Case } from '../../../src/domain/model.ts';
import { JunitReader } from '../../../src/formats/junit/junit-reader.ts';
import { codeOf, type Reading, read } from '../reading.ts';

const junit = (report: string | Uint8Array): Reading =>
  read((notes) => new JunitReader(notes), report);
const refusal = (report: string | Uint8Array) => codeOf(() => junit(report));
const suite = (cases: string, attributes = 'name="s"') =>
  `<testsuite ${attributes}>${cases}</testsuite>`;
const one = (test: string, attributes?: string): Case => junit(suite(test, attributes)).cases[0]!;
const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

function utf16(text: string, isBigEndian = false): Uint8Array {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
}

describe('the dialects of JUnit XML', () => {
  it('row 1: either root, because both are written; any other is not_junit', () => {
    assert.equal(junit('<testsuite><testcase name="a"/></testsuite>').total, 1);
    assert.equal(junit(`<testsuites>${suite('<testcase name="a"/>')}</testsuites>`).total, 1);
    assert.equal(refusal('<nothing/>'), 'not_junit');
  });

  it('row 2: the suite is the path of suites, because inner names repeat', () => {
    const inner = suite('<testcase name="b" classname="c"/>', 'name="in"');
    const { cases } = junit(
      `<testsuites name="run of 14/06/12">${suite(`${inner}<testcase name="a"/>`, 'name="out"')}</testsuites>`,
    );
    assert.deepEqual(
      cases.map((item) => [item.suite, item.name, item.className]),
      [
        ['out > in', 'b', 'c'],
        ['out', 'a', null],
      ],
    );
  });

  it('row 3: cases are counted, because attributes lie; a warning says so', () => {
    const { total, counts, warnings } = junit(
      suite('<testcase name="a"/><testcase name="b"/>', 'name="s" tests="186" failures="3"'),
    );
    assert.deepEqual([total, counts, warnings], [2, '2/0/0/0', ['counts_differ']]);
    assert.deepEqual(junit(suite('<testcase name="a"/>', 'tests="1" failures="0"')).warnings, []);
  });

  const times: [string, number | null][] = [
    ['1.5', 1500],
    ['1.0005', 1001],
    ['2,503.1', 2_503_100],
    ['1,234,567', 1_234_567_000],
    ['9,999,999', null],
    ['12,345', 12_345_000],
    ['0,25', 250],
    ['4.5e-05', 0],
    ['1.5E+01', 15_000],
    ['0.', 0],
    ['.5', 500],
    [' 3 ', 3000],
    ['', null],
    ['-0.001', null],
    ['NaN', null],
    ['Infinity', null],
    ['&lt;&lt;computed>>', null],
    ['999638317', null],
    ['1e999', null],
    ['1.234,5', null],
  ];
  for (const [time, expected] of times) {
    it(`rows 4, 5: time="${time}" is ${expected} ms, because a wrong number is worse than none`, () => {
      const reading = junit(suite(`<testcase name="a" time="${time}"/>`));
      assert.equal(reading.cases[0]!.durationMs, expected);
      assert.deepEqual(reading.warnings, expected === null ? ['time_unreadable'] : []);
    });
  }

  it('row 6: the run lasts as long as its root says, else its suites, else its cases', () => {
    const timed = suite('<testcase name="a" time="1"/><testcase name="b" time="2"/>');
    const told = suite('<testcase name="a" time="1"/>', 'name="s" time="9"');
    assert.equal(junit(`<testsuites time="2.5">${timed}</testsuites>`).durationMs, 2500);
    assert.equal(junit(`<testsuites time="0">${timed}${told}</testsuites>`).durationMs, 12_000);
    assert.equal(junit(timed).durationMs, 3000);
    assert.equal(one('<testcase name="a"/>', 'name="s" time="9"').durationMs, null);
  });

  it('row 7: what has no name is numbered within its suite, so that it is found again', () => {
    const { cases } = junit(
      `<testsuites>${suite('<testcase/><testcase name=" "/>', '')}${suite('<testcase classname="c"/>', '')}</testsuites>`,
    );
    assert.deepEqual(
      cases.map((item) => [item.suite, item.name]),
      [
        ['', '(unnamed #1)'],
        ['', '(unnamed #2)'],
        ['c', '(unnamed #1)'],
      ],
    );
  });

  const fails = '<failure message="no"/>';
  const at = (rest: string, content = '') =>
    `<testcase name="a" classname="c" ${rest}>${content}</testcase>`;

  it('row 8: equal names are two tests, unless file and line are equal too', () => {
    assert.equal(junit(suite(at('') + at(''))).total, 2);
    assert.equal(junit(suite(at('file="f"') + at('file="f"'))).total, 2);
    const merged = junit(suite(at('file="f" line="3"', fails) + at('file="f" line="3"')));
    assert.deepEqual([merged.counts, merged.cases[0]!.attempts], ['0/0/0/1', 2]);
    assert.equal(merged.cases[0]!.errorMessage, 'no');
    const reversed = junit(suite(at('file="f" line="3"') + at('file="f" line="3"', fails)));
    assert.deepEqual([reversed.counts, reversed.cases[0]!.attempts], ['0/1/0/0', 2]);
    const never = junit(suite(at('file="f" line="3"', fails) + at('file="f" line="3"', fails)));
    assert.deepEqual([never.counts, never.cases[0]!.attempts], ['0/1/0/0', 2]);
  });

  it('row 8: go and nextest name tests once per package, so a second one is an attempt', () => {
    const go = '<properties><property name="go.version" value="1.24"/></properties>';
    assert.equal(junit(suite(go + at('', fails) + at(''))).counts, '0/0/0/1');
    const stress = `<testsuites name="nextest-run">${suite(at('', fails), 'name="s@stress-0"')}${suite(at(''), 'name="s@stress-1"')}</testsuites>`;
    const { cases, counts, hints } = junit(stress);
    assert.deepEqual([cases[0]!.suite, counts, hints], ['s', '0/0/0/1', { framework: 'nextest' }]);
  });

  it('row 8: pytest writes the attempts before a rerun as passed, so passing twice is flaky', () => {
    const reading = junit(suite(at('') + at(''), 'name="pytest"'));
    assert.deepEqual(
      [reading.counts, reading.cases[0]!.attempts, reading.cases[0]!.suite],
      ['0/0/0/1', 2, 'c'],
    );
    const teardown = at('', '<error message="failed on teardown with &quot;x&quot;"/>');
    const torn = junit(suite(at('', fails) + teardown, 'name="pytest"'));
    assert.deepEqual([torn.counts, torn.cases[0]!.attempts], ['0/1/0/0', 1]);
  });

  it('row 9: skipped in all its spellings', () => {
    const { counts, cases } = junit(
      suite(
        [
          '<testcase name="a"><skipped message="why"/></testcase>',
          '<testcase name="b"><skipped>because</skipped></testcase>',
          '<testcase name="c"><disabled/></testcase>',
          '<testcase name="d" status="disabled"/>',
          '<testcase name="e" status="notrun"/>',
          '<testcase name="f" status="run" result="suppressed"/>',
          '<testcase name="g" status="fail"/>',
          '<testcase name="h" status="run" result="completed"/>',
        ].join(''),
      ),
    );
    assert.equal(counts, '1/1/6/0');
    assert.deepEqual([cases[0]!.errorMessage, cases[1]!.errorMessage], ['why', 'because']);
  });

  it('row 10: failure goes before skipped, unless nothing was run; all messages are kept', () => {
    const all = '<skipped/><failure message="f" type="T"/><error message="e">trace</error>';
    const item = one(`<testcase name="a">${all}</testcase>`);
    assert.deepEqual([item.status, item.errorMessage, item.stack], ['failed', 'T: f\ne', 'trace']);
    assert.equal(one(`<testcase name="a" status="disabled">${all}</testcase>`).status, 'skipped');
  });

  it('row 11: an empty failure and an error are failures; the type stands in for a message', () => {
    assert.equal(one('<testcase name="a"><failure/></testcase>').errorMessage, null);
    const item = one('<testcase name="a"><error type="java.io.IOException"/></testcase>');
    assert.deepEqual([item.status, item.errorMessage], ['failed', 'java.io.IOException']);
    const bare = one('<testcase name="a"><failure>boom\nmore\n  at f(x.js:1)</failure></testcase>');
    assert.deepEqual([bare.errorMessage, bare.stack], ['boom\nmore', 'boom\nmore\n  at f(x.js:1)']);
  });

  it('row 12: flaky and rerun elements are attempts', () => {
    const flaky =
      '<flakyFailure message="m"><stackTrace>st</stackTrace><system-out>x</system-out></flakyFailure><flakyError/>';
    const item = one(`<testcase name="a">${flaky}</testcase>`);
    assert.deepEqual(
      [item.status, item.attempts, item.errorMessage, item.stack],
      ['flaky', 3, 'm', 'st'],
    );
    const rerun = one(
      `<testcase name="a"><failure message="f"/><rerunFailure/><rerunError/></testcase>`,
    );
    assert.deepEqual([rerun.status, rerun.attempts, rerun.errorMessage], ['failed', 3, 'f']);
    const both = one(`<testcase name="a"><failure/>${flaky}</testcase>`);
    assert.deepEqual([both.status, both.attempts], ['failed', 3]);
    assert.equal(one('<testcase name="a"><rerunFailure/></testcase>').status, 'failed');
  });

  it('row 13: terminal sequences leave, other control characters are replaced', () => {
    const text = '\u001b[31mred\u001b[0m &#27;[1mbold&#x1B;[0m a\bb';
    const { cases, warnings } = junit(
      suite(`<testcase name="a"><failure>${text}</failure></testcase>`),
    );
    assert.equal(cases[0]!.errorMessage, 'red bold a\ufffdb');
    assert.deepEqual(warnings, ['repaired_characters']);
  });

  it('row 14: NUL, U+FFFE and impossible references become U+FFFD', () => {
    const text = 'a\u0000b\ufffec&#0;d&#xD800;e&#x110000;f';
    const item = one(`<testcase name="${text}"/>`);
    assert.equal(item.name, 'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf');
  });

  it('row 15: a report cut off keeps its closed cases, because they did happen', () => {
    const whole = '<testcase name="a"/>';
    for (const cut of [
      '<testcase name="b">',
      '<testcase name="b',
      '<testcase name="b"><failure><![CDATA[x',
      '<!-- x',
      '</testcase',
    ]) {
      const { total, warnings } = junit(`<testsuites><testsuite name="s" tests="9">${whole}${cut}`);
      assert.deepEqual([total, warnings], [1, ['partial_file']], cut);
    }
  });

  it('row 16: blank lines before the declaration', () => {
    assert.equal(junit(`\n\n  <?xml version="1.0"?>\n${suite('<testcase name="a"/>')}`).total, 1);
  });

  it('rows 17, 18, 19: byte order marks, UTF-16 both ways, ISO-8859-1, windows-1252', () => {
    const report = (label: string) =>
      `<?xml version="1.0" encoding="${label}"?>${suite('<testcase name="größer €"/>')}`;
    const encoded: Uint8Array[] = [
      Buffer.from(`\ufeff${report('UTF-8')}`),
      Buffer.from(report('utf8')),
      utf16(report('utf-16')),
      utf16(report('UTF-16'), true),
      utf16(report('utf-8')).subarray(2),
      latin1(report('windows-1252').replace('€', '\u0080')),
      latin1(report('ISO-8859-1').replace('€', '\u0080')),
    ];
    for (const bytes of encoded) {
      const { cases, warnings } = junit(bytes);
      assert.deepEqual([cases[0]!.name, warnings], ['größer €', []]);
    }
  });

  it('row 19: a wrong label is read as what the bytes are, with a warning', () => {
    const report = (label: string) =>
      `<?xml version="1.0" encoding="${label}"?>${suite('<testcase name="größe"/>')}`;
    for (const bytes of [latin1(report('UTF-8')), Buffer.from(report('utf-16'))]) {
      const { cases, warnings } = junit(bytes);
      assert.deepEqual([cases[0]!.name, warnings], ['größe', ['wrong_encoding']]);
    }
    const mixed = Buffer.concat([
      Buffer.from(suite('<testcase name="größe"/>').slice(0, -12)),
      Uint8Array.of(0xff, 0xe2, 0x82),
      Buffer.from('</testsuite>'),
    ]);
    assert.equal(junit(mixed).cases[0]!.name, 'größe');
    assert.equal(refusal(latin1(report('Shift_JIS'))), 'unsupported_charset');
    assert.equal(refusal(Uint8Array.of(0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0)), 'unsupported_charset');
  });

  it('row 20: no declaration', () => {
    assert.equal(one('<testcase name="ü"/>').name, 'ü');
  });

  const doctypes = [
    '<!DOCTYPE x>',
    '<!doctype x [<!ENTITY a "b">]>',
    '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">',
    '<!-- c --><!DOCTYPE x PUBLIC "a" "http://127.0.0.1:9/">',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>',
  ];
  for (const doctype of doctypes) {
    it(`row 21: ${doctype} is refused, because entities are how XML attacks`, () => {
      assert.equal(refusal(doctype + suite('<testcase name="&a;"/>')), 'doctype_not_allowed');
      assert.equal(refusal(suite(`<testcase name="x"/>${doctype}`)), 'doctype_not_allowed');
    });
  }

  it('row 22: prefixes, schema locations, XInclude and instructions mean nothing', () => {
    const { total, cases } = junit(
      `<?xml-stylesheet href="x.xsl"?><j:testsuite xmlns:j="urn:j" xmlns:xsi="urn:x" xsi:name="no" name="s"><xi:include href="/etc/passwd"/><?php x?><j:testcase name="a" xsi:status="failed"/></j:testsuite>`,
    );
    assert.deepEqual([total, cases[0]!.suite, cases[0]!.status], [1, 's', 'passed']);
  });

  const timestamps: [string, string | null][] = [
    ['2024-05-06T07:08:09', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06T07:08:09.123456', '2024-05-06T07:08:09.123Z'],
    ['2024-05-06T07:08:09Z', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06T07:08:09+02:00', '2024-05-06T05:08:09.000Z'],
    ['2024-05-06 07:08:09 UTC', '2024-05-06T07:08:09.000Z'],
    ['2024-05-06 T07:08:09-0530', '2024-05-06T12:38:09.000Z'],
    ['2024-05-06', '2024-05-06T00:00:00.000Z'],
    ['Mon, 06 May 2024 07:08:09 GMT', '2024-05-06T07:08:09.000Z'],
    ['2024-02-30T00:00:00', null],
    ['1970-01-01T00:00:00', null],
    ['yesterday', null],
  ];
  for (const [timestamp, expected] of timestamps) {
    it(`row 23: timestamp ${timestamp} is ${expected}, because without a zone it is UTC`, () => {
      const { startedAt, warnings } = junit(
        suite('<testcase name="a"/>', `timestamp="${timestamp}"`),
      );
      assert.equal(startedAt, expected);
      assert.deepEqual(warnings, expected === null ? ['timestamp_unreadable'] : []);
    });
  }

  it('row 24: file and line under their names, from the case, the failure, the suite', () => {
    const failure = '<failure file="f.c" line="7"/>';
    const of = (item: Case) => [item.file, item.line];
    assert.deepEqual(of(one('<testcase name="a" filename="c.rb" lineno="3"/>')), ['c.rb', 3]);
    assert.deepEqual(of(one(`<testcase name="a" filepath="c">${failure}</testcase>`)), ['c', 7]);
    assert.deepEqual(of(one(`<testcase name="a">${failure}</testcase>`, 'file="s"')), ['f.c', 7]);
    assert.deepEqual(of(one('<testcase name="a"/>', 'file="s"')), ['s', null]);
  });

  it('row 25: paths are texts', () => {
    const item = one('<testcase name="../../etc/passwd" classname="../x" file=".\\src\\a.ts"/>');
    assert.deepEqual(
      [item.name, item.className, item.file],
      ['../../etc/passwd', '../x', 'src/a.ts'],
    );
  });

  it('row 26: properties by attribute or text, the first of equal ones; secrets leave', () => {
    const list =
      '<property name="os" value="linux"/><property name="os" value="mac"/><property name="note">some <b>bold</b> text</property><property name="API_KEY" value="hunter2hunter2"/><property name="line.separator" value="&#10;"/>';
    assert.deepEqual(junit(suite(`<properties>${list}</properties>`)).properties, {
      os: 'linux',
      note: 'some text',
      API_KEY: '[redacted]',
      'line.separator': '',
    });
  });

  it('row 27: output is not read, not even where it looks like a test', () => {
    const output =
      '<system-out><testcase name="b"><failure/></testcase>[[ATTACHMENT|x]]</system-out>';
    const { total, counts } = junit(suite(`${output}<testcase name="a">${output}</testcase>`));
    assert.deepEqual([total, counts], [1, '1/0/0/0']);
  });

  it('row 28: long names are cut and stay apart; long texts are cut with a mark', () => {
    const long = 'x'.repeat(5000);
    const { cases } = junit(
      suite(`<testcase name="${long}1"/><testcase name="${long}2">
      <failure message="${'m'.repeat(100_000)}">${'😀'.repeat(50_000)}</failure></testcase>`),
    );
    assert.equal(new Set(cases.map(({ name }) => name)).size, 2);
    assert.ok(cases.every(({ name }) => name.length < 1020));
    assert.match(cases[1]!.errorMessage!, /… cut here, 83616 more characters$/);
    assert.match(cases[1]!.stack!, /… cut here, 83616 more characters$/);
    assert.ok(cases[1]!.stack!.isWellFormed());
  });

  it('row 29: beyond 10,000 cases the rest is counted', () => {
    const many = `${'<testcase name="a"/>'.repeat(10_002)}<testcase name="b">${fails}</testcase>`;
    const { cases, total, counts, dropped, warnings } = junit(suite(many));
    assert.deepEqual([cases.length, total, counts, dropped], [10_000, 10_003, '10002/1/0/0', 3]);
    assert.deepEqual(warnings, ['cases_dropped']);
  });

  it('row 30: no cases are legal and flagged; nothing, text and JSON are refused', () => {
    assert.deepEqual(junit('<testsuites/>').warnings, ['no_cases']);
    assert.equal(refusal(''), 'not_junit');
    assert.equal(refusal('all tests passed'), 'not_junit');
    assert.equal(refusal('{"results":{}}'), 'unsupported_type');
  });

  it('row 31: gzip, zip, tar, PDF and HTML are recognised, so that the answer can help', () => {
    const tar = new Uint8Array(512);
    tar.set(latin1('ustar'), 257);
    const others = [
      gzipSync(suite('')),
      latin1('PK\u0003\u0004xxxx'),
      tar,
      latin1('%PDF-1.7 x'),
      latin1('<!doctype html><html>'),
      latin1('  <html><body>'),
    ];
    for (const bytes of others) assert.equal(refusal(bytes), 'unsupported_type');
  });
});

describe('what XML should not look like', () => {
  const readable: [string, string][] = [
    ['a raw < in an attribute', '<testcase name="a" time="<<computed>>"/>'],
    ['a raw < in text', '<testcase name="a"><failure>1 < 2 <3</failure></testcase>'],
    ['an attribute without quotes', '<testcase name=a time=1/>'],
    ['an attribute without a value', '<testcase name="a" disabled/>'],
    ['a stray quote', '<testcase name="a"" />'],
    ['a tag that is never closed', '<testcase name="a" <failure/></testcase>'],
    ['an element that is never closed', '<testcase name="a"><failure>x</testcase>'],
    ['an end without a beginning', '</failure><testcase name="a"></skipped></testcase>'],
    ['a bare ampersand', '<testcase name="a"><failure>a & b &; &#; &x</failure></testcase>'],
    ['an unknown entity', '<testcase name="a"><failure>&nbsp;</failure></testcase>'],
  ];
  for (const [what, test] of readable) {
    it(`${what} is read as meant, because the rest of the report is good`, () => {
      const { cases } = junit(suite(`${test}<testcase name="z"/>`));
      assert.deepEqual(
        cases.map(({ name }) => name),
        ['a', 'z'],
      );
    });
  }

  it('an unknown entity stays as it stands, with a warning', () => {
    const reading = junit(suite('<testcase name="a&nbsp;b"/>'));
    assert.deepEqual([reading.cases[0]!.name, reading.warnings], ['a&nbsp;b', ['unknown_entity']]);
  });

  it('two reports in one file are both read', () => {
    const { total, warnings } = junit(
      `${suite('<testcase name="a"/>')}<?xml version="1.0"?>${suite('<testcase name="b"/>')}`,
    );
    assert.deepEqual([total, warnings], [2, ['several_roots']]);
  });

  it('nesting ends at 64 levels, attributes at 256, a tag at 1 MiB', () => {
    const nested = (depth: number) => '<testsuite>'.repeat(depth) + '</testsuite>'.repeat(depth);
    assert.notEqual(refusal(nested(64)), 'too_deep');
    assert.equal(refusal(nested(65)), 'too_deep');
    assert.equal(refusal(suite(`<x ${'a="" '.repeat(1_000_000)}/>`)), 'too_many_tokens');
    assert.equal(refusal(suite(`<testcase name="${'x'.repeat(10_000_000)}"/>`)), 'too_many_tokens');
    assert.equal(refusal(`<${'x'.repeat(10_000_000)}`), 'too_many_tokens');
    assert.equal(junit(suite(`<testcase name="${'x'.repeat(1_000_000)}"/>`)).total, 1);
  });

  it('a million references and a huge text come out cut', () => {
    const text = '&#65;&#x42;'.repeat(500_000);
    const { cases } = junit(suite(`<testcase name="a"><failure>${text}</failure></testcase>`));
    assert.match(cases[0]!.stack!, /^(AB){8192}\n… cut here, 983616 more characters$/);
  });

  it('texts of one run are held to what one JSON body can carry', () => {
    const failure = `<testcase name="a"><failure message="m">${'y'.repeat(16_000)}</failure></testcase>`;
    const { cases, warnings } = junit(suite(failure.repeat(2000)));
    const kept = cases.reduce((sum, { stack }) => sum + (stack?.length ?? 0), 0);
    assert.ok(kept <= 16 * 1024 * 1024);
    assert.ok(kept > 15 * 1024 * 1024);
    assert.deepEqual(warnings, ['texts_cut']);
  });
});
