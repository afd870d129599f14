import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillStore } from '../../src/demo/fill.ts';
import type { IngestAnswer, IngestJob, KeyPrincipal } from '../../src/store/ingest.ts';

const principal: KeyPrincipal = {
  kind: 'key',
  keyId: 1,
  name: 'first key',
  workspaceId: 1,
  scopes: ['ingest'],
  repos: [],
};
const upload = (receivedAtMs: number) => ({ receivedAtMs, body: new Uint8Array() });
const answer: IngestAnswer = {
  id: '',
  repo: 'demo/x',
  casesStored: 3,
  casesDropped: 0,
  warnings: [],
};
const untouched = new AbortController().signal;

/** A store that answers in a later turn and remembers what it was asked. */
function slowStore(answerTo: (job: IngestJob) => IngestAnswer = () => answer) {
  const jobs: IngestJob[] = [];
  let underWay = 0;
  let most = 0;
  const ingest = async (job: IngestJob) => {
    jobs.push(job);
    most = Math.max(most, ++underWay);
    await new Promise(setImmediate);
    underWay--;
    return answerTo(job);
  };
  return { ingest, jobs, most: () => most };
}

describe('fillStore', () => {
  it('sends every upload in its order, at its own time, and counts', async () => {
    const store = slowStore();
    const times = Array.from({ length: 100 }, (_, i) => i * 1000);
    const filled = await fillStore(store, principal, times.map(upload), untouched);
    assert.deepEqual(
      store.jobs.map(({ receivedAtMs }) => receivedAtMs),
      times,
    );
    assert.deepEqual(filled, { uploads: 100, cases: 300 });
  });

  it('keeps a bounded number under way, because bodies of a whole history fill the memory', async () => {
    const store = slowStore();
    await fillStore(
      store,
      principal,
      Array.from({ length: 200 }, (_, i) => upload(i)),
      untouched,
    );
    assert.equal(store.most(), 32);
  });

  it('stops at the first refusal and tells it', async () => {
    const store = slowStore(({ receivedAtMs }) => {
      if (receivedAtMs === 5) throw new Error('the disk is full');
      return answer;
    });
    const many = Array.from({ length: 500 }, (_, i) => upload(i));
    await assert.rejects(fillStore(store, principal, many, untouched), /the disk is full/);
    assert.ok(store.jobs.length < 100);
  });

  it('sends nothing more once it is aborted, because the store is closing', async () => {
    const stopping = new AbortController();
    const store = slowStore(({ receivedAtMs }) => {
      if (receivedAtMs === 40) stopping.abort();
      return answer;
    });
    const many = Array.from({ length: 500 }, (_, i) => upload(i));
    await fillStore(store, principal, many, stopping.signal);
    assert.ok(store.jobs.length < 100);
  });
});
