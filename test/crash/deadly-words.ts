/** Loaded into a thread of the store before its own program: it dies at a word, as threads may. */

export type Death = 'exit' | 'throw' | 'memory';

const deaths: Record<Death, () => void> = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('a fault of the program');
  },
  memory: () => {
    const hoard: number[][] = [];
    for (;;) hoard.push(new Array(100_000).fill(hoard.length));
  },
};

// Not through the port, which the writer reads by hand too. What is thrown here would only be told back.
process.on('workerMessage', (death: Death) => void setImmediate(deaths[death]));
