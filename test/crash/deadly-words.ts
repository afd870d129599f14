/** Loaded into a thread of the store before its own program: it dies at a word, as threads may. */
import { parentPort } from 'node:worker_threads';

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

parentPort!.on('message', ({ death }: { death?: Death }) => {
  if (death !== undefined) deaths[death]();
});
