import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';

/** What Node's one-shot functions drive, and make anew for each call (docs/decisions/024). */
type Inner = { _handle: Handle; _writeState: Uint32Array; destroyed: boolean };
type Handle = {
  reset(): void;
  /** Leaves in `_writeState` how much of the output and of the input is left. */
  writeSync(
    flush: number,
    from: Uint8Array,
    at: number,
    left: number,
    to: Uint8Array,
    toAt: number,
    room: number,
  ): void;
};
type Stream = ReturnType<typeof createZstdCompress | typeof createZstdDecompress>;

/** room of one step: nearly every block fits, and a thread can spare it for good */
const stepBytes = 128 * 1024;

/** One direction of Zstandard: the same bytes as Node's one-shot function, from one lasting context. */
class Pipe {
  readonly #make: () => Stream;
  readonly #room = Buffer.allocUnsafeSlow(stepBytes);
  #inner: Inner | null = null;

  constructor(make: () => Stream) {
    this.#make = make;
  }

  /** All of one frame. Throws what zlib throws; the next call is not touched by that. */
  run(from: Uint8Array): Buffer {
    const { _handle: handle, _writeState: state } = this.#ready();
    const pieces: Buffer[] = [];
    let left = from.length;
    do {
      handle.writeSync(
        constants.ZSTD_e_end,
        from,
        from.length - left,
        left,
        this.#room,
        0,
        stepBytes,
      );
      if (this.#inner!.destroyed) throw this.#failed();
      pieces.push(Buffer.from(this.#room.subarray(0, stepBytes - state[0]!)));
      left = state[1]!;
    } while (state[0] === 0);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** A run that failed half-way must leave nothing to the next one. */
  #ready(): Inner {
    if (this.#inner === null) {
      const stream = this.#make();
      stream.on('error', () => {});
      this.#inner = stream as unknown as Inner;
    } else this.#inner._handle.reset();
    return this.#inner;
  }

  #failed(): Error {
    const cause = (this.#inner as unknown as Stream).errored;
    this.#inner = null;
    return cause ?? new Error('Zstandard failed');
  }
}

const packer = new Pipe(() => createZstdCompress());
const unpacker = new Pipe(() => createZstdDecompress());

/** One frame, level 3, that tells its length. Cost: 5 µs and 0.7 ns per byte. */
export const pack = (plain: Uint8Array): Buffer => packer.run(plain);

/** Throws where the bytes are no whole frame. */
export const unpack = (frame: Uint8Array): Buffer => unpacker.run(frame);
