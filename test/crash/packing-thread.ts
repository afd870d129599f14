/** A thread that does nothing but what can take the whole process with it when it is ended then. */
import { parentPort } from 'node:worker_threads';
import { pack, unpack } from '../../src/store/zstd.ts';

const plain = Buffer.alloc(2000, 'passed, failed, ');
unpack(pack(plain));
parentPort!.postMessage('at it');
for (;;) unpack(pack(plain));
