import { AppError } from '../../errors.ts';

const text = (bytes: Uint8Array, from = 0, length = 64): string =>
  Buffer.from(bytes.subarray(from, from + length)).toString('latin1');

type Sniffed = { test: (head: Uint8Array) => boolean; error: () => AppError };

const notXml = (what: string, hint: string): AppError =>
  new AppError('unsupported_type', `this is ${what}, not JUnit XML; ${hint}`);

const others: Sniffed[] = [
  {
    test: (head) => head[0] === 0x1f && head[1] === 0x8b,
    error: () => notXml('gzip', 'say so with Content-Encoding: gzip'),
  },
  {
    test: (head) => text(head, 0, 4) === 'PK\u0003\u0004',
    error: () => notXml('a zip file', 'unpack it'),
  },
  {
    test: (head) => text(head, 257, 5) === 'ustar',
    error: () => notXml('a tar file', 'unpack it'),
  },
  { test: (head) => text(head, 0, 5) === '%PDF-', error: () => notXml('a PDF', 'send the XML') },
  {
    test: (head) => /^(?:\u00ef\u00bb\u00bf)?\s*[[{]/.test(text(head)),
    error: () =>
      notXml('JSON', 'CTRF belongs to /test-runs/ctrf, go test -json to /test-runs/gotest'),
  },
  {
    test: (head) => /^(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype\s+)?html[\s>]/i.test(text(head)),
    error: () => notXml('an HTML page', 'send the XML'),
  },
];

/** Throws where the first bytes are those of another kind of file, with a word on what to do. */
export function refuseOtherFormats(head: Uint8Array): void {
  const other = others.find(({ test }) => test(head));
  if (other !== undefined) throw other.error();
}
