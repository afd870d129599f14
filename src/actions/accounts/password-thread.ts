/** Entry of the thread that hashes passwords, one after the other. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type Derivation, deriveHere } from './password-hash.ts';

/** A tenth of what another thread gets where both want a core: a sign-in can wait, a 202 cannot. */
const niceness = 10;

if (process.platform === 'linux') {
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  setPriority(thread, niceness);
}

const port = parentPort!;
port.on('message', (derivation: Derivation) => port.postMessage(deriveHere(derivation)));
