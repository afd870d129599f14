import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { limits } from '../../src/limits.ts';
import { type RawAnswer, request } from '../helpers/raw-http.ts';
import { type Accepted, accepted, type Bench, postPath, type Row, refused } from './bench.ts';

let reports = 0;

/** Posts a report as a run of its own. */
function post(
  bench: Bench,
  body: string | Uint8Array,
  headers: Record<string, string | undefined> = {},
): Promise<RawAnswer> {
  const path = `${postPath}/junit?repo=acme/junit&runKey=report-${reports++}`;
  const all = bench.headers({ 'Content-Type': 'application/xml', ...headers });
  return bench.raw(request('POST', path, all, body));
}

const one = (inside: string, attributes = 'name="n"') =>
  `<testsuite name="s"><testcase ${attributes}>${inside}</testcase></testsuite>`;

const codesOf = ({ warnings }: Accepted): string[] => warnings.map(({ code }) => code);

async function refusedAs(bench: Bench, body: string | Uint8Array, code: string): Promise<void> {
  refused(await post(bench, body), 400, code);
}

/** A form with these parts, each with its head. */
function form(bench: Bench, parts: [head: string, content: string][], type?: string) {
  const body = parts.map(([head, content]) => `--x\r\n${head}\r\n\r\n${content}\r\n`).join('');
  const headers = { 'Content-Type': type ?? 'multipart/form-data; boundary=x' };
  return post(bench, `${body}--x--\r\n`, headers);
}

const fileHead = (name: string) =>
  `Content-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: text/xml`;

export const junit: Row[] = [
  {
    number: 75,
    input: 'any DOCTYPE: internal, SYSTEM, PUBLIC, a parameter entity',
    expected: '400 doctype_not_allowed; no file, no network is touched',
    test: async (bench) => {
      const types = [
        '<!DOCTYPE testsuite>',
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        `<!DOCTYPE a PUBLIC "-//x//y" "${bench.url}/healthz">`,
        `<!DOCTYPE a [<!ENTITY % p SYSTEM "${bench.url}/healthz"> %p;]>`,
        '<!doctype html>',
      ];
      for (const type of types) {
        await refusedAs(bench, `<?xml version="1.0"?>${type}${one('')}`, 'doctype_not_allowed');
      }
    },
  },
  {
    number: 76,
    input: 'billion laughs, quadratic blow-up',
    expected: '400, as above',
    test: async (bench) => {
      const laughs = Array.from(
        { length: 10 },
        (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
      );
      const entities = `<!ENTITY l0 "lol">${laughs.join('')}`;
      await refusedAs(bench, `<!DOCTYPE a [${entities}]>${one('&l10;')}`, 'doctype_not_allowed');
      const long = `<!DOCTYPE a [<!ENTITY x "${'x'.repeat(50_000)}">]>${one('&x;'.repeat(50_000))}`;
      await refusedAs(bench, long, 'doctype_not_allowed');
    },
  },
  {
    number: 77,
    input: '1,000,000 numeric references',
    expected: '202, cut as other texts are',
    test: async (bench) => {
      const answer = await post(bench, one(`<failure>${'&#65;'.repeat(1_000_000)}</failure>`));
      const [first] = await bench.casesOf(answer);
      const { errorMessage, stack } = first as { errorMessage: string | null; stack: string };
      for (const text of [errorMessage ?? '', stack ?? '']) {
        assert.ok(text.length < limits.messageBytes.value + 100);
        assert.match(text, /^A*(\n|$)/);
      }
    },
  },
  {
    number: 78,
    input: 'an undefined entity such as &nbsp;',
    expected: '202, kept literally, with a warning',
    test: async (bench) => {
      const answer = await post(bench, one('<failure message="a&nbsp;b"/>'));
      assert.deepEqual(codesOf(accepted(answer)), ['unknown_entity']);
      assert.equal((await bench.casesOf(answer))[0]!.errorMessage, 'a&nbsp;b');
    },
  },
  {
    number: 79,
    input: 'control characters, ESC, U+FFFE in system-out and messages',
    expected: '202, repaired',
    test: async (bench) => {
      const dirty = 'a\u0008\u001b[31mb\ufffe\u0000c';
      const report = one(`<failure message="${dirty}"/><system-out>${dirty}</system-out>`);
      const answer = await post(bench, report);
      accepted(answer);
      const message = (await bench.casesOf(answer))[0]!.errorMessage as string;
      assert.doesNotMatch(message, /[\u0000\u0008\u001b]/u);
      assert.match(message, /^a.*b.*c$/u);
    },
  },
  {
    number: 80,
    input: 'more than 64 levels, a million attributes, an attribute of 10 MB',
    expected: '400',
    test: async (bench) => {
      const deep = '<testsuite name="s">'.repeat(65) + '</testsuite>'.repeat(65);
      const many = Array.from({ length: 1_000_000 }, (_, i) => `a${i}="x"`).join(' ');
      const long = `name="${'x'.repeat(10 * 1024 * 1024)}"`;
      for (const report of [deep, one('', many), one('', long)]) {
        assert.equal((await post(bench, report)).status, 400);
        assert.equal(
          (await post(bench, gzipSync(report), { 'Content-Encoding': 'gzip' })).status,
          400,
        );
      }
    },
  },
  {
    number: 81,
    input: 'ISO-8859-1, windows-1252, UTF-16 with a mark; other encodings',
    expected: '202; 400',
    test: async (bench) => {
      const report = (encoding: string) =>
        `<?xml version="1.0" encoding="${encoding}"?>${one('', 'name="Zürich"')}`;
      const utf16 = Buffer.from(`\ufeff${report('UTF-16')}`, 'utf16le');
      const bodies = [
        Buffer.from(report('ISO-8859-1'), 'latin1'),
        Buffer.from(report('windows-1252'), 'latin1'),
        utf16,
        Buffer.from(utf16).swap16(),
        Buffer.from(report('UTF-8')),
      ];
      for (const body of bodies) {
        const answer = await post(bench, body);
        accepted(answer);
        assert.equal((await bench.casesOf(answer))[0]!.name, 'Zürich');
      }
      await refusedAs(bench, report('EBCDIC-US'), 'unsupported_charset');
    },
  },
  {
    number: 82,
    input: 'no testsuites, nested suites, a single suite, no cases',
    expected: '202',
    test: async (bench) => {
      const nested = `<testsuites><testsuite name="a">${one('')}</testsuite>${one('')}</testsuites>`;
      for (const [report, cases] of [
        [one(''), 1],
        [nested, 2],
        ['<testsuite name="s"/>', 0],
        ['<testsuites></testsuites>', 0],
      ] as const) {
        assert.equal(accepted(await post(bench, report)).casesStored, cases);
      }
    },
  },
  {
    number: 83,
    input: 'time="1,234.5", empty, NaN, -0.001',
    expected: '202: the number where it can be told, else null',
    test: async (bench) => {
      const times = ['1,234.5', '', 'NaN', '-0.001', '1.5'];
      const cases = times.map((time, i) => `<testcase name="n${i}" time="${time}"/>`).join('');
      const answer = await post(bench, `<testsuite name="s">${cases}</testsuite>`);
      accepted(answer);
      const ms = (await bench.casesOf(answer)).map(({ durationMs }) => durationMs);
      assert.deepEqual(ms, [1_234_500, null, null, ms[3], 1500]);
      assert.ok(ms[3] === null || ms[3] === 0);
    },
  },
  {
    number: 84,
    input: 'counts in attributes that contradict the cases',
    expected: '202; the cases win, with a warning',
    test: async (bench) => {
      const report = one('<failure/>').replace('name="s"', 'name="s" tests="9" failures="0"');
      const answer = await post(bench, report);
      assert.deepEqual(codesOf(accepted(answer)), ['counts_differ']);
      const { summary } = (await bench.runOf(answer)) as { summary: object };
      assert.deepEqual(summary, { ...summary, total: 1, failed: 1 });
    },
  },
  {
    number: 85,
    input: 'XInclude, processing instructions, style sheets, namespaces',
    expected: 'ignored',
    test: async (bench) => {
      const report =
        `<?xml version="1.0"?><?xml-stylesheet href="${bench.url}/x.xsl"?>` +
        '<j:testsuite xmlns:j="urn:j" xmlns:xi="http://www.w3.org/2001/XInclude" name="s">' +
        '<?php system("id") ?><xi:include href="file:///etc/passwd" parse="text"/>' +
        '<j:testcase name="n"/></j:testsuite>';
      const answer = await post(bench, report);
      assert.equal(accepted(answer).casesStored, 1);
      assert.doesNotMatch(JSON.stringify(await bench.casesOf(answer)), /root:|passwd/);
    },
  },
  {
    number: 86,
    input: 'zip, tar, HTML, PDF or JSON sent as XML; another type',
    expected: '400 or 415; 415',
    test: async (bench) => {
      const files = [
        Buffer.from('PK\u0003\u0004\u0014\u0000rest of a zip', 'latin1'),
        Buffer.concat([Buffer.from('report.xml'), Buffer.alloc(502)]),
        Buffer.from('<html><body>502 Bad Gateway</body></html>'),
        Buffer.from('%PDF-1.7\n'),
        Buffer.from('{"testsuites":[]}'),
        Buffer.from('plain words'),
        gzipSync(one('')),
      ];
      for (const file of files) {
        assert.ok([400, 415].includes((await post(bench, file)).status), `${file}`);
      }
      await refusedAs(bench, '', 'invalid_body');
      for (const type of ['application/json', 'application/zip', 'text/html', undefined]) {
        refused(await post(bench, one(''), { 'Content-Type': type }), 415, 'unsupported_type');
      }
    },
  },
  {
    number: 87,
    input:
      'a form with 1,000 parts, without a boundary, cut, with a head without end; hostile file names',
    expected: '400 or 413; names are never used',
    test: async (bench) => {
      const names = ['../../etc/passwd', 'a\\"\r\nX: y', 'C:\\con', '', '\0', '__proto__'];
      const answer = await form(
        bench,
        names.map((name) => [fileHead(name), one('', `name="of ${names.indexOf(name)}"`)]),
      );
      assert.equal(accepted(answer).casesStored, names.length);
      assert.doesNotMatch(JSON.stringify(await bench.casesOf(answer)), /passwd|con"/);

      const many = Array.from({ length: 1000 }, (): [string, string] => [fileHead('a'), one('')]);
      refused(await form(bench, many), 413, 'too_large');
      const fields = many.map((_, i): [string, string] => [
        `Content-Disposition: form-data; name="f${i}"`,
        'x',
      ]);
      refused(await form(bench, fields), 413, 'too_large');
      refused(await form(bench, many.slice(0, 2), 'multipart/form-data'), 400, 'invalid_body');
      refused(await form(bench, []), 400, 'invalid_body');
      const cut = `--x\r\n${fileHead('a')}\r\n\r\n${one('')}`;
      const type = { 'Content-Type': 'multipart/form-data; boundary=x' };
      refused(await post(bench, cut, type), 400, 'invalid_body');
      const endless = `--x\r\nContent-Disposition: form-data; name="${'n'.repeat(1_000_000)}`;
      refused(await post(bench, endless, type), 400, 'invalid_body');
    },
  },
];
