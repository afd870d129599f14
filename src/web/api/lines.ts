import { AppError } from '../../errors.ts';
import type { ByteBudget } from '../byte-budget.ts';
import { GatheredBytes } from '../gathered-bytes.ts';

const newline = 0x0a;

/** What the lines of a stream may take. */
export type LineRoom = {
  maxBytes: number;
  budget: ByteBudget;
  /** resolves when it is worth asking the budget for so many bytes */
  untilFree: (bytes: number) => Promise<void>;
};

/**
 * The lines of a stream, each in memory of its own, blank ones left out. A line is taken from the
 * budget while it gathers; who gets it gives its bytes back. Throws `too_large` for a line that is
 * too long and `busy` when the budget is used up. Holds one line at a time.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes, budget, untilFree }: LineRoom,
): AsyncGenerator<Uint8Array> {
  let line = new GatheredBytes(budget);
  const add = async (part: Uint8Array) => {
    if (part.length === 0) return;
    if (line.length + part.length > maxBytes) {
      throw new AppError('too_large', `a line exceeds ${maxBytes} bytes`);
    }
    if (part.length > budget.left) await untilFree(part.length);
    line.add(part);
  };
  /** null: a blank one */
  const take = (): Uint8Array | null => {
    const bytes = line.whole();
    if (isBlank(bytes)) line.release();
    line = new GatheredBytes(budget);
    return isBlank(bytes) ? null : bytes;
  };
  try {
    for await (const chunk of chunks) {
      let from = 0;
      for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
        await add(chunk.subarray(from, to));
        const bytes = take();
        if (bytes !== null) yield bytes;
        from = to + 1;
      }
      await add(chunk.subarray(from));
    }
    const last = take();
    if (last !== null) yield last;
  } finally {
    line.release();
  }
}

const isBlank = (line: Uint8Array): boolean =>
  line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
