import { crc32 } from 'node:zlib';
import { pack, unpack } from './zstd.ts';

const VERSION = 1;
const STORED = 0;
const ZSTD = 1;
const headerBytes = 6;
/** Below this the call costs more than the bytes that it saves (docs/decisions/007). */
const leastCompressed = 400;

export class CorruptBlockError extends Error {
  override readonly name = 'CorruptBlockError';
}

/** version, compression, CRC-32 of those two bytes and the body (little endian), then the body. */
export function seal(plain: Buffer): Buffer {
  const isWorthIt = plain.length >= leastCompressed;
  const packed = isWorthIt ? pack(plain) : plain;
  const isSmaller = packed.length < plain.length;
  const body = isSmaller ? packed : plain;
  const block = Buffer.allocUnsafe(headerBytes + body.length);
  block[0] = VERSION;
  block[1] = isSmaller ? ZSTD : STORED;
  block.writeUInt32LE(checksum(block, body), 2);
  body.copy(block, headerBytes);
  return block;
}

/** The body of a block. Throws CorruptBlockError when a single bit of the block is wrong. */
export function unseal(block: Uint8Array): Uint8Array {
  const view = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  if (view.length < headerBytes)
    throw new CorruptBlockError('the block is shorter than its header');
  if (view[0] !== VERSION) throw new CorruptBlockError(`the block has unknown version ${view[0]}`);
  const body = view.subarray(headerBytes);
  if (checksum(view, body) !== view.readUInt32LE(2)) {
    throw new CorruptBlockError('the block fails its checksum');
  }
  return decompress(view[1]!, body);
}

const checksum = (block: Buffer, body: Buffer): number => crc32(body, crc32(block.subarray(0, 2)));

function decompress(method: number, body: Buffer): Uint8Array {
  if (method === STORED) return body;
  if (method !== ZSTD) throw new CorruptBlockError(`the block has unknown compression ${method}`);
  try {
    return unpack(body);
  } catch (cause) {
    throw new CorruptBlockError('the block does not decompress', { cause });
  }
}
