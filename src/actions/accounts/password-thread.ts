/** Entry of the thread that hashes passwords, one after the other: a sign-in can wait, a 202 cannot. */
import { parentPort } from 'node:worker_threads';
import { type Derivation, deriveHere } from './password-hash.ts';
import { yieldToOthers } from './yielding-thread.ts';

yieldToOthers();

const port = parentPort!;
port.on('message', (derivation: Derivation) => port.postMessage(deriveHere(derivation)));
