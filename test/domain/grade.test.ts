import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addGradedRun,
  demeritsOf,
  gradeOf,
  inputsOf,
  isLetterNews,
  isStanding,
  letterOf,
  newGradeSums,
  scoreOf,
  slowdownOf,
} from '../../src/domain/grade.ts';
import { gradedRun, gradeInputs, hour, type PicturedRun } from './grade-history.ts';

const inputs = ([standing, redRuns, severity, skipped, slowdown]: number[]) => ({
  standing: standing!,
  redRuns: redRuns!,
  severity: severity!,
  skipped: skipped!,
  slowdown: slowdown!,
});
const scoreOfRuns = (runs: PicturedRun[]) => scoreOf(gradeInputs(runs));

const status = fc.constantFrom('.', '.', '.', '~', 'x', 's');
const cases = fc.array(status, { minLength: 4, maxLength: 4 }).map((list) => list.join(''));
const run = fc.record({ cases, durationMs: fc.integer({ min: 1000, max: 90_000 }) });
const runs = fc.array(run, { minLength: 5, maxLength: 40 });
/** a history, one of its runs and one of its tests */
const place = fc.tuple(runs, fc.nat(), fc.nat({ max: 3 }));

/** The history with one status of one run replaced. */
function withStatus(list: PicturedRun[], at: number, test: number, becomes: string): PicturedRun[] {
  return list.map((one, i) => {
    if (i !== at) return one;
    return { ...one, cases: one.cases.slice(0, test) + becomes + one.cases.slice(test + 1) };
  });
}

describe('the grade', () => {
  it('gives these scores and letters, because the documentation shows them', () => {
    for (const [row, score, letter] of [
      [[0, 0, 0, 0, 0], 100, 'A'],
      [[0, 0.03, 0.0002, 0.02, 0], 96.3, 'A'],
      [[0, 0.08, 0.0005, 0.03, 0.05], 90.4, 'A'],
      [[1, 0.1, 0.002, 0.03, 0], 82.6, 'B'],
      [[0, 0.25, 0.003, 0.05, 0], 77.9, 'C'],
      [[2, 0.2, 0.004, 0.08, 0.1], 68.2, 'D'],
      [[3, 0.3, 0.01, 0.1, 0.1], 55.6, 'F'],
    ] as const) {
      assert.equal(scoreOf(inputs([...row])), score);
      assert.equal(letterOf(score), letter);
    }
  });

  it('weighs a picture as it looks: one red run of ten, three runs flaky, nothing standing', () => {
    const quiet = Array.from({ length: 10 }, () => ({ cases: '....' }));
    assert.equal(scoreOfRuns(quiet), 100);
    const { redRuns, severity, standing } = gradeInputs([
      ...quiet.slice(4).map((one) => one),
      { cases: '.x..' },
      ...['~...', '..~.', '...~'].map((flaky) => ({ cases: flaky })),
    ]);
    assert.equal(standing, 0);
    assert.ok(Math.abs(redRuns - 0.22) < 0.005, `${redRuns}`);
    assert.ok(Math.abs(severity - 0.055) < 0.002, `${severity}`);
  });

  it('never rises when a status becomes worse (P9)', () => {
    const worse = fc.constantFrom(['.', '~'], ['.', 'x'], ['~', 'x']);
    fc.assert(
      fc.property(place, worse, ([list, nth, test], [from, to]) => {
        const at = nth % list.length;
        const before = scoreOfRuns(withStatus(list, at, test, from!));
        assert.ok(scoreOfRuns(withStatus(list, at, test, to!)) <= before);
      }),
    );
  });

  it('never falls by a green run with no more skips than usual, speed aside (P10)', () => {
    const unhurried = (list: PicturedRun[]) => scoreOf({ ...gradeInputs(list), slowdown: 0 });
    fc.assert(
      fc.property(runs, fc.nat({ max: 1 }), (list, skips) => {
        const green = { cases: skips === 0 ? '....' : '...s' };
        fc.pre(skips === 0 || gradeInputs(list).skipped >= 0.25);
        assert.ok(unhurried([...list, green]) >= unhurried(list));
      }),
    );
  });

  it('never rises by skipping a test that passed (P11)', () => {
    fc.assert(
      fc.property(place, ([list, nth, test]) => {
        const at = nth % list.length;
        const before = scoreOfRuns(withStatus(list, at, test, '.'));
        assert.ok(scoreOfRuns(withStatus(list, at, test, 's')) <= before);
      }),
    );
  });

  it('never rises when one of the last ten runs was slower, whatever other jobs do (P12)', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 80 });
    fc.assert(
      fc.property(fc.array(durations, { minLength: 1, maxLength: 3 }), fc.nat(), (jobs, nth) => {
        const slower = jobs.map((list, job) => {
          const at = list.length - 1 - (nth % 10);
          return job > 0 || at < 0 ? list : list.with(at, list[at]! * 3);
        });
        assert.ok(slowdownOf(slower) >= slowdownOf(jobs));
      }),
    );
  });

  it('lies in [0, 100], and the demerits say where the rest went (P14, P15)', () => {
    const row = fc.tuple(
      fc.nat({ max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
    );
    fc.assert(
      fc.property(row, row, (one, other) => {
        const [a, b] = [scoreOf(inputs(one)), scoreOf(inputs(other))];
        assert.ok(a >= 0 && a <= 100);
        const demerits = Object.values(demeritsOf(inputs(one)));
        assert.ok(Math.abs(100 - demerits.reduce((sum, lost) => sum + lost, 0) - a) <= 0.05 + 1e-9);
        if (a <= b) assert.ok(letterOf(a) >= letterOf(b), 'a higher score, no worse letter');
      }),
    );
  });

  it('is withheld below five runs or a day, because so little says nothing (P17)', () => {
    const history = { runs: 5, historyMs: 24 * hour, effectiveRuns: 5 };
    const fine = inputs([0, 0, 0, 0, 0]);
    assert.equal(gradeOf(fine, history)!.letter, 'A');
    assert.equal(gradeOf(fine, { ...history, runs: 4 }), null);
    assert.equal(gradeOf(fine, { ...history, historyMs: 24 * hour - 1 }), null);
  });

  it('tells how sure it is: the interval holds the score and narrows with more runs', () => {
    const trouble = inputs([0, 0.2, 0.002, 0, 0]);
    const width = (effectiveRuns: number) => {
      const { score, interval } = gradeOf(trouble, { runs: 9, historyMs: 1e9, effectiveRuns })!;
      assert.ok(interval.low <= score && score <= interval.high);
      return interval.high - interval.low;
    };
    assert.ok(width(5) > width(20) && width(20) > width(200));
    const clean = gradeOf(inputs([0, 0, 0, 0, 0]), { runs: 9, historyMs: 1e9, effectiveRuns: 9 })!;
    assert.deepEqual([clean.interval.high, clean.interval.low < 100], [100, true]);
  });

  it('a run that executed nothing says something of skips only (P8)', () => {
    const list = Array.from({ length: 6 }, () => ({ cases: '.x..' }));
    const before = gradeInputs(list);
    const after = gradeInputs([...list, { cases: 'ssss' }]);
    assert.ok(after.skipped > before.skipped);
    assert.deepEqual([after.redRuns, after.severity], [before.redRuns, before.severity]);
    assert.deepEqual(gradeInputs([...list, { cases: '' }]).skipped, before.skipped);
  });

  it('a run may be taken back, because a later attempt can change what it was', () => {
    const sums = newGradeSums();
    addGradedRun(sums, gradedRun('..s.', 0));
    addGradedRun(sums, gradedRun('.xs.', hour));
    addGradedRun(sums, gradedRun('.xs.', hour), -1);
    addGradedRun(sums, gradedRun('.~s.', hour));
    const { redRuns } = inputsOf(sums, 0, 0);
    assert.ok(Math.abs(redRuns - 0.2) < 0.001, `${redRuns}`);
  });

  it('a test stands failed when its last two commits have no pass: one may be an accident', () => {
    assert.equal(isStanding([1, 0, 0]), true);
    assert.equal(isStanding([0, 0, 1]), false);
    assert.equal(isStanding([1, 1, 0]), false);
    assert.equal(isStanding([0]), false);
    assert.equal(isStanding(new Uint8Array([0, 0, 9, 9]), 2), true, 'only the first two count');
  });

  it('needs twenty timed runs to call a job slower, and twice as long costs all ten points', () => {
    const job = (recent: number, before: number) => [
      ...Array<number>(before).fill(1000),
      ...Array<number>(10).fill(recent),
    ];
    assert.equal(slowdownOf([job(2000, 9)]), 0);
    assert.ok(Math.abs(slowdownOf([job(2000, 10)]) - Math.LN2) < 1e-12);
    assert.equal(slowdownOf([job(500, 60)]), 0, 'faster is no demerit and no credit');
    assert.equal(slowdownOf([]), 0);
    assert.equal(demeritsOf(inputs([0, 0, 0, 0, Math.LN2])).slowdown, 10);
  });

  it('tells of a new letter when it is clear or lasts, because a score at the edge flickers', () => {
    assert.equal(isLetterNews('B', [89, 90.5]), false, 'just inside');
    assert.equal(isLetterNews('B', [89, 91]), true, 'a point inside');
    assert.equal(isLetterNews('B', [90.1, 90.2, 90.1]), true, 'held for three runs');
    assert.equal(isLetterNews('A', [90, 89.5]), false);
    assert.equal(isLetterNews('A', [90, 89]), true);
    assert.equal(isLetterNews('B', [85, 88]), false, 'no change');
    assert.equal(isLetterNews('B', []), false);
    assert.equal(isLetterNews('A', [95, 59]), true);
  });
});
