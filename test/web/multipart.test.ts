import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { readForm } from '../../src/web/multipart.ts';

const type = 'multipart/form-data; boundary=xYz';

async function* cut(bytes: Buffer, sizes: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const size = sizes();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** What came: `name=value` for a field, the bytes (latin1) in brackets for a file. */
async function read(body: string | Buffer, contentType = type, sizes = () => 7): Promise<string[]> {
  const seen: string[] = [];
  let file = '';
  const sink = {
    field: (name: string, value: string) => void seen.push(`${name}=${value}`),
    file: async (bytes: Uint8Array) => {
      file += Buffer.from(bytes).toString('latin1');
    },
    endFile: () => {
      seen.push(`[${file}]`);
      file = '';
    },
  };
  await readForm(cut(Buffer.from(body), sizes), contentType, sink);
  return seen;
}

const refused = (body: string | Buffer, code: ErrorCode, contentType = type) =>
  assert.rejects(
    read(body, contentType, () => 1000),
    (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, code, error.message);
      return true;
    },
  );

const part = (head: string, content = '') => `--xYz\r\n${head}\r\n\r\n${content}\r\n`;
const file = (content: string, name = 'a.xml') =>
  part(`Content-Disposition: form-data; name="f"; filename="${name}"`, content);
const field = (name: string, value: string) =>
  part(`Content-Disposition: form-data; name="${name}"`, value);

describe('a form', () => {
  it('gives files and fields in their order', async () => {
    const body = `${field('repo', 'acme/web')}${file('<a/>')}${file('')}${field('ä', 'ö')}--xYz--`;
    assert.deepEqual(await read(body), ['repo=acme/web', '[<a/>]', '[]', 'ä=ö']);
  });

  it('is the same however it is cut and whatever it holds, because networks cut anywhere', async () => {
    const content = fc
      .array(fc.constantFrom('\r\n', '\r', '\n', '--', '--xYz', '\r\n--xY', '-', 'x', 'a', '\0'))
      .map((pieces) => pieces.join(''))
      .filter((text) => !`\r\n${text}`.includes('\r\n--xYz'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.boolean(), content), { maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        async (parts, sizes) => {
          const all = parts.map(([isFile, text]) => (isFile ? file(text) : field('n', text)));
          assert.deepEqual(
            await read(`${all.join('')}--xYz--\r\n`, type, () => sizes.next().value as number),
            parts.map(([isFile, text]) => (isFile ? `[${text}]` : `n=${text}`)),
          );
        },
      ),
    );
  });

  it('passes over what stands before the first and after the last boundary', async () => {
    assert.deepEqual(await read(`preamble\r\n${field('a', 'b')}--xYz--\r\nepilogue`), ['a=b']);
    assert.deepEqual(await read(`${field('a', 'b').replace('xYz', 'xYz \t')}--xYz--`), ['a=b']);
  });

  it('tells a file by its file name or its type, because curl sends the one and browsers the other', async () => {
    const heads: [string, string][] = [
      ['Content-Disposition: form-data; name=f; filename=a', '[x]'],
      ["Content-Disposition: form-data; filename*=UTF-8''a; name=f", '[x]'],
      ['Content-Disposition: form-data; name="f"\r\nContent-Type: text/xml', '[x]'],
      [
        'content-disposition: FORM-DATA; name="f"\r\nContent-Type: text/plain; charset=utf-8',
        'f=x',
      ],
      ['Content-Disposition: form-data; name="a\\"b"', 'a\\"b=x'],
      ['Content-Disposition: form-data; name=f\r\nContent-Transfer-Encoding: 8bit', 'f=x'],
    ];
    for (const [head, expected] of heads) {
      assert.deepEqual(await read(`${part(head, 'x')}--xYz--`), [expected], head);
    }
  });

  it('takes its boundary as it is given, quoted or not', async () => {
    const body = `${field('a', 'b')}--xYz--`;
    for (const given of [
      'boundary=xYz; charset=utf-8',
      'Boundary="xYz"',
      'charset=x;boundary=xYz',
    ]) {
      assert.deepEqual(await read(body, `multipart/form-data; ${given}`), ['a=b'], given);
    }
    for (const given of ['', '; boundary=', '; boundary=""', `; boundary=${'x'.repeat(300)}`]) {
      await refused(body, 'invalid_body', `multipart/form-data${given}`);
    }
  });

  it('is refused where it is malformed, because half a report is not the report', async () => {
    const bad = [
      '',
      'nonsense',
      field('a', 'b'),
      `${file('<a/>')}--xY`,
      '--xYz',
      '--xYzzz\r\n\r\n\r\n--xYz--',
      `${part('X: y', 'x')}--xYz--`,
      `${part('Content-Disposition: attachment; name=a', 'x')}--xYz--`,
      '--xYz\r\n\r\nx\r\n--xYz--',
      `${part('Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64', 'eA==')}--xYz--`,
    ];
    for (const body of bad) await refused(body, 'invalid_body');
  });

  it('holds no more than it may: heads, fields, files', async () => {
    const long = 'x'.repeat(9000);
    await refused(part(`Content-Disposition: form-data; name="${long}"`), 'invalid_body');
    await refused(`--xYz${' '.repeat(9000)}`, 'invalid_body');
    const { formFields, formFiles, formFieldBytes } = limits;
    await refused(field('a', 'x'.repeat(formFieldBytes.value + 100)), 'too_large');
    await refused(field('a', '').repeat(formFields.value + 1), 'too_large');
    await refused(file('').repeat(formFiles.value + 1), 'too_large');
  });
});
