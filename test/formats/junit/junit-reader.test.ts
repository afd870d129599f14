import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { Notes } from '../../../src/contract/test-run.ts';
import { JunitReader } from '../../../src/formats/junit/junit-reader.ts';
import { XmlScanner } from '../../../src/formats/junit/xml-scanner.ts';
import { codeOf, read } from '../reading.ts';

/** Everything at once, so that a cut or a mutation can fall into anything. */
const sample = Buffer.concat([
  Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-8"?>
<!-- a <comment> --><testsuites name="nextest-run" time="1,234.5">
<testsuite name="größe 😀" tests="3" timestamp="2024-05-06T07:08:09Z" file="a.ts">
<properties><property name="go.version" value="1"/><property name="k">v &amp; w</property></properties>
<testcase name="a &lt;b&gt; &#65;&#x1F600; &nbsp;" classname='c' time="0.5" line="3"/>
<testcase name="b"><failure message="m&#10;n" type="E">te<![CDATA[x]]]]><![CDATA[>t]]> &unknown; \u001b[31mred</failure></testcase>
<testcase name="b"><system-out><![CDATA[<testcase/>]]></system-out></testcase>
<testcase name="b" status="skipped"><skipped>why</skipped></testcase>
<testcase name="f"><flakyFailure><stackTrace>s</stackTrace></flakyFailure></testcase>
`),
  Uint8Array.of(0xff, 0xe2, 0x82),
  Buffer.from('<testcase name=q time=<<x>> /></testsuite></testsuites>\n'),
]);

const inPieces = (pieceLength: number) => (notes: Notes) => new JunitReader(notes, pieceLength);
/** Long enough for the declaration, which has to lie in the first piece. */
const headLength = 64;

describe('reading JUnit XML in pieces', () => {
  it('any cut of the input gives the same result, because a network cuts where it likes', () => {
    const whole = read(inPieces(65_536), sample);
    assert.equal(whole.counts, '2/0/0/2');
    fc.assert(
      fc.property(fc.array(fc.nat(sample.length), { maxLength: 12 }), (cuts) => {
        assert.deepEqual(read(inPieces(65_536), sample, cuts), whole);
      }),
      { numRuns: 50 },
    );
  });

  it('any length of the pieces gives the same result, because tags and texts lie across them', () => {
    const whole = read(inPieces(65_536), sample);
    for (let length = headLength; length < sample.length; length++) {
      assert.deepEqual(read(inPieces(length), sample), whole, `pieces of ${length}`);
    }
  });

  it('the scanner needs no particular cut, down to single characters', () => {
    const text = sample.toString().slice(1);
    const whole = events([text]);
    assert.deepEqual(events([...text].flatMap((c) => c.split(''))), whole);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 30 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((to, i) => text.slice(places[i], to));
        assert.deepEqual(events(pieces), whole);
      }),
    );
  });

  it('no mutation of a report does more than be refused, because anybody may post anything', () => {
    const change = fc.record({
      at: fc.nat(sample.length - 1),
      remove: fc.nat(40),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 6 }),
        fc
          .constantFrom(
            '<',
            '>',
            '&',
            '"',
            ']]>',
            '<![CDATA[',
            '<!--',
            '</testcase>',
            '<testcase>',
            '<!DOCTYPE',
            '<testsuite/>',
            '=',
            "'",
            '/>',
          )
          .map((text) => new TextEncoder().encode(text)),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: headLength, max: 4096 }),
        (changes, pieceLength) => {
          let bytes: Uint8Array = sample;
          for (const { at, remove, insert } of changes) {
            bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
          }
          const whole = codeOf(() => read(inPieces(65_536), bytes));
          if (typeof whole !== 'string') assert.equal(whole.total, whole.cases.length);
          if (changes.some(({ at }) => at < headLength)) return;
          assert.deepEqual(
            codeOf(() => read(inPieces(pieceLength), bytes)),
            whole,
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('random bytes do no more than be refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        codeOf(() => read(inPieces(headLength), bytes));
      }),
      { numRuns: 500 },
    );
  });
});

type Event = string | [string, ...(string | null)[]];
const attributeNames = ['a', 'b', 'name', 'time', 'x:y'];

/** What the scanner tells of a text; neighbouring texts joined, as they come in pieces. */
function events(pieces: readonly string[]): Event[] {
  const told: Event[] = [];
  const notes = new Notes();
  let text = '';
  const flush = () => {
    if (text !== '') told.push(text);
    text = '';
  };
  const scanner = new XmlScanner(
    {
      open: (name, attributes) => {
        flush();
        told.push([name, ...attributeNames.map((attribute) => attributes.get(attribute))]);
      },
      close: () => {
        flush();
        told.push(['/']);
      },
      text: (piece) => {
        text += piece;
      },
      wantsText: true,
    },
    notes,
  );
  for (const piece of pieces) scanner.write(piece);
  const isWhole = scanner.end();
  flush();
  const codes = notes.list().map(({ code, message }) => `${code}: ${message}`);
  return [...told, `${isWhole} ${codes.sort().join(', ')}`];
}

/** The same, as saxes tells it: a strict and independent reader. */
function saxesEvents(document: string): Event[] {
  const told: Event[] = [];
  const parser = new SaxesParser();
  let text = '';
  const flush = () => {
    if (text !== '') told.push(text);
    text = '';
  };
  parser.on('opentag', ({ name, attributes }) => {
    flush();
    const local = name.split(':').at(-1)!;
    const values = attributes as Record<string, string>;
    told.push([local, ...attributeNames.map((attribute) => values[attribute] ?? null)]);
  });
  parser.on('closetag', () => {
    flush();
    told.push(['/']);
  });
  parser.on('text', (piece) => {
    if (told.length > 0 || piece.trim() !== '') text += piece;
  });
  parser.on('cdata', (piece) => {
    text += piece;
  });
  parser.write(document).close();
  flush();
  return [...told, 'true '];
}

const words = fc.constantFrom(
  'a',
  'ü',
  '😀',
  '&amp;',
  '&#65;',
  '&#x1F600;',
  '&lt;',
  '>',
  ' ',
  'x=y',
  "'",
  '/',
  ';',
);
const textOf = fc.array(words, { maxLength: 6 }).map((parts) => parts.join(''));
const attributesOf = fc
  .uniqueArray(fc.constantFrom(...attributeNames), { maxLength: 4 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .tuple(textOf, fc.boolean(), fc.constantFrom('', ' ', '\n'))
          .map(([value, isSingle, space]) => {
            const quote = isSingle ? "'" : '"';
            return ` ${name}${space}=${space}${quote}${value.replaceAll("'", isSingle ? '' : "'")}${quote}`;
          }),
      ),
    ),
  )
  .map((list) => list.join(''));
const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(fc.constantFrom('e', 'p:f', 'testcase'), attributesOf, fc.option(tie('content')))
    .map(([name, attributes, content]) =>
      content === null ? `<${name}${attributes}/>` : `<${name}${attributes} >${content}</${name} >`,
    ),
  content: fc
    .array(
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        textOf.map((text) => text.replaceAll('>', '')),
        fc.constantFrom('<![CDATA[<a>&amp;]] >]]>', '<!-- <x> & -->', '<?pi <y>?>', '<![CDATA[]]>'),
        tie('element'),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.join('')),
}));

describe('the scanner and well-formed XML', () => {
  it('it tells what a strict parser tells, because being forgiving must cost nothing', () => {
    fc.assert(
      fc.property(element, fc.nat(), (document, cut) => {
        const at = cut % (document.length + 1);
        const pieces = [document.slice(0, at), document.slice(at)];
        assert.deepEqual(events(pieces), saxesEvents(document));
      }),
      { numRuns: 1000 },
    );
  });
});
