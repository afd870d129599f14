import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Counterfactual,
  counterfactualOf,
  type Trouble,
} from '../../src/domain/counterfactual.ts';
import { addDecayed, newDecayedSums } from '../../src/domain/decay.ts';
import { isStanding, letterOf, scoreOf, severityOf } from '../../src/domain/grade.ts';
import { gradeInputs, hour } from './grade-history.ts';

const halfLife = 14 * 24 * hour;

/** The trouble of pictured runs: every test is an offender, every run that is not green troubled. */
function troubleOf(pictures: string[]): Trouble {
  const weightOf = (i: number) => 2 ** ((i * hour) / halfLife);
  const runs = pictures.map((cases, i) => ({
    weight: weightOf(i),
    failing: [...cases].flatMap((c, test) => (c === 'x' ? [test] : [])),
    flaky: [...cases].flatMap((c, test) => (c === '~' ? [test] : [])),
    unlisted: 0,
  }));
  const width = pictures[0]!.length;
  const offenders = Array.from({ length: width }, (_, test) => ({
    isStanding: isStanding(pictures.map((cases) => (cases[test] === 'x' ? 0 : 1))),
    severity: runs.reduce((sum, { weight, failing, flaky }) => {
      const own = failing.includes(test) ? severityOf.failed : 0;
      return sum + weight * (own + (flaky.includes(test) ? severityOf.flaky : 0));
    }, 0),
  }));
  const sums = newDecayedSums(halfLife, 1);
  for (let i = 0; i < pictures.length; i++) addDecayed(sums, i * hour, [width]);
  return {
    inputs: gradeInputs(pictures.map((cases) => ({ cases }))),
    offenders,
    runs: runs.filter(({ failing, flaky }) => failing.length + flaky.length > 0),
    runWeight: sums.weight,
    executed: sums.sums[0]!,
  };
}

/** The pictures as they were, had the chosen tests always passed. */
const repaired = (pictures: string[], { fixed }: Counterfactual) =>
  pictures.map((cases) => [...cases].map((c, test) => (fixed.includes(test) ? '.' : c)).join(''));

describe('the counterfactual list', () => {
  it('names the one test that keeps the grade down', () => {
    const pictures = Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? '.x......' : '........'));
    const found = counterfactualOf(troubleOf(pictures))!;
    assert.deepEqual(found.fixed, [1]);
    assert.deepEqual([found.score, found.letter, found.reached], [100, 'A', true]);
  });

  it('names both, where a run is green only when both are fixed', () => {
    const pictures = Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 'xx..' : '....'));
    assert.deepEqual(counterfactualOf(troubleOf(pictures))!.fixed, [0, 1]);
  });

  it('there is nothing to reach from an A', () => {
    assert.equal(counterfactualOf(troubleOf(Array.from({ length: 9 }, () => '....'))), null);
  });

  it('does not promise what fixing tests cannot give: a failure that no listed case explains', () => {
    const trouble = troubleOf(Array.from({ length: 9 }, () => 'x...'));
    const unlisted = trouble.runs.map((run) => ({ ...run, unlisted: 1 }));
    const found = counterfactualOf({ ...trouble, runs: unlisted })!;
    assert.ok(found.score < 75, `${found.score}`);
  });

  it('reaches what it promises when applied, for any history (P16)', () => {
    const status = fc.constantFrom('.', '.', '.', '.', '~', 'x');
    const cases = fc.array(status, { minLength: 8, maxLength: 8 }).map((list) => list.join(''));
    let named = 0;
    fc.assert(
      fc.property(fc.array(cases, { minLength: 5, maxLength: 30 }), (pictures) => {
        const found = counterfactualOf(troubleOf(pictures));
        if (found === null) return;
        named += found.fixed.length;
        const applied = gradeInputs(repaired(pictures, found).map((one) => ({ cases: one })));
        assert.ok(Math.abs(scoreOf(applied) - found.score) <= 0.1);
        const before = letterOf(scoreOf(gradeInputs(pictures.map((one) => ({ cases: one })))));
        if (found.reached) assert.ok(found.letter < before);
        assert.equal(new Set(found.fixed).size, found.fixed.length);
      }),
    );
    assert.ok(named > 100, `${named} tests named`);
  });
});
