import { AppError } from '../../errors.ts';

const newline = 0x0a;

/**
 * The lines of a stream, each in memory of its own, blank ones left out. Throws `too_large` for a
 * line beyond `max` bytes. Holds one line at a time.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  max: number,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length > max) throw new AppError('too_large', `a line exceeds ${max} bytes`);
    if (part.length > 0) parts.push(part);
  };
  const take = (): Uint8Array => {
    const line = joined(parts, length);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, to));
      const line = take();
      if (!isBlank(line)) yield line;
      from = to + 1;
    }
    add(chunk.subarray(from));
  }
  const last = take();
  if (!isBlank(last)) yield last;
}

function joined(parts: Uint8Array[], length: number): Uint8Array {
  const line = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    line.set(part, at);
    at += part.length;
  }
  return line;
}

const isBlank = (line: Uint8Array): boolean =>
  line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
