import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { JudgeFacts, type StoredUpload } from '../../../src/store/judge/facts.ts';
import { JudgedStore } from '../../helpers/judged-store.ts';

const count = fc.nat({ max: 5000 });
const text = fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }));
const body = fc.record({
  repo: fc.constant('acme/web'),
  branch: text,
  commit: text,
  framework: fc.constant('jest'),
  job: text,
  environment: text,
  runKey: text,
  runAttempt: fc.option(fc.integer({ min: 1, max: 9 })),
  startedAt: fc.option(fc.constant('2026-06-01T10:00:00.250Z')),
  commitTime: fc.option(fc.constant('2026-05-30T23:59:59+02:00')),
  summary: fc.tuple(count, count, count, count).map(([passed, failed, skipped, flaky]) => ({
    total: passed + failed + skipped + flaky,
    passed,
    failed,
    skipped,
    flaky,
    durationMs: 12.5,
  })),
});

const said = ({ readTexts, facts, ...rest }: StoredUpload) => ({
  ...rest,
  texts: readTexts(),
  facts: { ...facts, tests: [...Array.from(facts.tests)] },
});

describe('an upload that is remembered until it is judged', () => {
  let store: JudgedStore;
  beforeEach(() => {
    store = new JudgedStore();
  });
  afterEach(() => store.close());

  it('says what would be read from the file, because a restart reads it there', () => {
    let kept = 0;
    fc.assert(
      fc.property(body, (run) => {
        const bare = Object.fromEntries(Object.entries(run).filter(([, value]) => value !== null));
        store.post(bare, Date.parse('2026-06-02T00:00:00Z'));
        const upload = store.told;
        if (upload === null) return;
        kept++;
        assert.deepEqual(said(upload), said(new JudgeFacts(store.db).upload(upload.seq)));
      }),
      { numRuns: 200 },
    );
    assert.ok(kept > 50, `${kept} kept`);
  });
});
