/** Loaded into a thread of the store before its own program: it dies at a word, as threads may. */
import { BroadcastChannel, threadId } from 'node:worker_threads';
import { type DeadlyWord, type Death, deathChannel } from './deaths.ts';

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

// Not through the port of the thread, which the writer reads by hand too.
const channel = new BroadcastChannel(deathChannel);
channel.unref();
channel.onmessage = ({ data }) => {
  const { thread, death } = data as DeadlyWord;
  if (thread === threadId) deaths[death]();
};
