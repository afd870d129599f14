import { brotliCompressSync, constants } from 'node:zlib';

/** Bytes of HTML that any page may have, as it is and as it is sent. */
const mostBytes = { plain: 400_000, packed: 100_000 };

/** Whether a page is too large, as a line; none where it is not. */
export function sizeFaults(html: Buffer | string): string[] {
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
  const plain = Buffer.byteLength(html);
  const packed = brotliCompressSync(html, quick).length;
  if (plain <= mostBytes.plain && packed <= mostBytes.packed) return [];
  return [`is ${plain} bytes long, ${packed} compressed`];
}
