const [waiting, opened, shut] = [0, 1, 2];

/**
 * Lets threads load while another one still opens the file, and holds them before they touch it.
 * `shared` goes to the threads.
 */
export class Gate {
  readonly shared = new Int32Array(new SharedArrayBuffer(4));

  open(): void {
    this.#turn(opened);
  }

  /** Who waits is sent home. */
  shut(): void {
    this.#turn(shut);
  }

  #turn(state: number): void {
    Atomics.store(this.shared, 0, state);
    Atomics.notify(this.shared, 0);
  }
}

/** Blocks the calling thread until the gate is open. Throws where it was shut. */
export function passGate(shared: Int32Array): void {
  Atomics.wait(shared, 0, waiting);
  if (Atomics.load(shared, 0) === shut) throw new Error('the file was not opened');
}
