/** Stores one run in the folder of the arguments and ends; `copy-at-statement.ts` watches. */
import { hashKey } from '../../src/domain/api-key.ts';
import { openStore } from '../../src/store/store.ts';

const [folder, key, body] = process.argv.slice(2) as [string, string, string];
const nowMs = Date.now();
const { store } = await openStore({
  folder,
  nowMs,
  pid: process.pid,
  readers: 1,
  onFailure: (exit) => {
    throw exit;
  },
  faults: {
    worker: { execArgv: ['--import', new URL('./copy-at-statement.ts', import.meta.url).href] },
  },
});
const found = await store.findKey(hashKey(key));
await store.ingest({
  principal: found!.principal,
  body: new Uint8Array(new TextEncoder().encode(body)),
  receivedAtMs: nowMs,
  admittedAtMs: nowMs,
  route: 'test-runs',
  idempotencyKey: 'only',
});
await store.close();
