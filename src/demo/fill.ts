import type { IngestJob, KeyPrincipal } from '../store/ingest.ts';
import type { Store } from '../store/store.ts';
import type { DemoUpload } from './payload.ts';

export type Filled = { uploads: number; cases: number };

/** Uploads under way together: as many as the store commits with one fsync. */
const underWay = 32;

/**
 * Sends uploads into the store in their order, through the door that the HTTP handler uses, each at
 * its own time. Ends early when `signal` is aborted. Rejects as `ingest` does.
 */
export async function fillStore(
  store: Pick<Store, 'ingest'>,
  principal: KeyPrincipal,
  uploads: Iterable<DemoUpload>,
  signal: AbortSignal,
): Promise<Filled> {
  const filled: Filled = { uploads: 0, cases: 0 };
  const waiting = new Set<Promise<void>>();
  let failure: unknown;
  for (const upload of uploads) {
    if (signal.aborted || failure !== undefined) break;
    const stored: Promise<void> = store
      .ingest(jobOf(upload, principal))
      .then(
        ({ casesStored }) => {
          filled.uploads++;
          filled.cases += casesStored;
        },
        (error: unknown) => {
          failure ??= error;
        },
      )
      .finally(() => waiting.delete(stored));
    waiting.add(stored);
    if (waiting.size >= underWay) await Promise.race(waiting);
  }
  if (!signal.aborted) await Promise.all(waiting);
  if (failure !== undefined) throw failure;
  return filled;
}

const jobOf = ({ body, receivedAtMs }: DemoUpload, principal: KeyPrincipal): IngestJob => ({
  principal,
  body,
  receivedAtMs,
  admittedAtMs: null,
  route: 'test-runs',
  idempotencyKey: null,
  dryRun: false,
});
