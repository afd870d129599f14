import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { durations, flakiness, twoState } from '../../src/domain/analytics-params.ts';
import { levelChanges } from '../../src/domain/duration-changes.ts';
import { failureFields } from '../../src/domain/failure-fields.ts';
import { falseRedOf, finalFailure, lnQuiet } from '../../src/domain/false-red.ts';
import { fingerprint } from '../../src/domain/fingerprint.ts';
import { judgedBy, rateInterval } from '../../src/domain/flakiness.ts';
import { demeritsOf, letterOf, scoreOf } from '../../src/domain/grade.ts';
import { alarmOf, headOf } from '../../src/domain/new-failure.ts';
import { normaliseMessage } from '../../src/domain/normalise-message.ts';
import { filterUnits } from '../../src/domain/two-state.ts';
import { Units } from '../../src/domain/units.ts';
import { docPages } from '../../src/web/pages/docs/contents.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

const stepsOf = (name: string): string[] => docPages[name]!.example.steps.map(([, value]) => value);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

describe('the examples of the docs are what the formulas yield', () => {
  it('grades', () => {
    const inputs = { standing: 1, redRuns: 0.1, severity: 0.002, skipped: 0.03, slowdown: 0 };
    const { standing, redRuns, severity, skipped, slowdown } = demeritsOf(inputs);
    const points = [standing, redRuns, severity, skipped, slowdown].map((one) => one.toFixed(1));
    const score = scoreOf(inputs);
    assert.deepEqual(stepsOf('grades'), [...points, score.toFixed(1), letterOf(score)]);
  });

  it('flakiness', () => {
    const judged = (failing: number, passing: number) =>
      judgedBy({
        broken: 0,
        evidence: { failing, passing },
        atFailure: null,
        passesInARow: 0,
        neverPassed: false,
        isNew: false,
      });
    const { flaky, rate, evidence } = judged(5, 95);
    const { low, high } = rateInterval(evidence);
    assert.deepEqual(stepsOf('flakiness'), [
      flaky.toFixed(3),
      percent(rate),
      `${percent(low)} to ${percent(high)}`,
      percent(falseRedOf(lnQuiet(finalFailure(rate, 1)))),
      percent(falseRedOf(lnQuiet(finalFailure(rate, 2)))),
      judged(1, 99).flaky.toFixed(3),
    ]);
  });

  it('regressions', () => {
    const units = new Units();
    units.clear(true);
    const common = { gap: 1, breakage: twoState.breakage, keep: 1, isPull: false };
    for (let i = 0; i < 50; i++) units.push({ ...common, failing: 0, passing: 1 });
    const good = new Float64Array(units.capacity);
    const [seen, levels]: [string[], string[]] = [[], []];
    for (let i = 0; i < 3; i++) {
      units.push({ ...common, failing: 1, passing: 0 });
      seen.push(filterUnits(units).broken.toFixed(3));
      levels.push(alarmOf(headOf(units, good, units.count)).level);
    }
    const told = levels.indexOf('confirmed') + 1;
    assert.deepEqual(stepsOf('regressions'), [...seen, `${told} failures`]);
  });

  it('durations', () => {
    const wobble = [-0.02, 0.02, -0.01, 0.01, 0];
    const ms = Array.from({ length: 32 }, (_, i) => (i < 20 ? 200 : 260) * (1 + wobble[i % 5]!));
    const [change, ...more] = levelChanges(Float64Array.from(ms, Math.log));
    assert.equal(more.length, 0);
    const { index, before, after, p } = change!;
    const [ratio, addedMs] = [Math.exp(after - before), Math.exp(after) - Math.exp(before)];
    const { alert } = durations;
    assert.deepEqual(stepsOf('durations'), [
      String(index + 1),
      ratio.toFixed(2),
      `${Math.round(addedMs)} ms`,
      p.toFixed(7),
      ratio >= alert.ratio && addedMs >= alert.ms && p <= alert.falseDiscoveryRate ? 'yes' : 'no',
    ]);
  });

  it('clusters', () => {
    const { text, steps } = docPages.clusters!.example;
    const messages = [...text.matchAll(/“([^”]*)”/g)].map(([, message]) => message!);
    const said = messages.map((message) => normaliseMessage(message));
    const prints = messages.map((message) =>
      fingerprint(failureFields({ message, stack: null }), 'cart'),
    );
    assert.deepEqual(
      steps.map(([, value]) => value),
      [...said, String(new Set(prints).size)],
    );
  });
});

describe('the pages of the docs', () => {
  let appliance: Appliance;
  before(async () => {
    appliance = await openAppliance();
  });
  after(() => appliance.close());
  const get = async (name: string) => {
    const answer = await fetch(`${appliance.url}/docs/${name}`);
    return { status: answer.status, html: await answer.text() };
  };

  it('print every parameter as the formulas read it', async () => {
    for (const [name, page] of Object.entries(docPages)) {
      const { status, html } = await get(name);
      assert.equal(status, 200, name);
      for (const [what, value] of page.parameters) {
        assert.ok(html.includes(`<td>${value}</td>`), `${name}: ${what}`);
      }
      assert.doesNotMatch(html, /undefined|NaN|\[object/, name);
    }
  });

  it('speak of the numbers that are in force, because they are read and not written', async () => {
    const { html } = await get('flakiness');
    assert.ok(html.includes(`a = ${flakiness.prior.failing}, b = ${flakiness.prior.passing}`));
  });

  it('are there for every link that an explanation gives', async () => {
    for (const name of ['grades', 'flakiness', 'regressions', 'durations', 'clusters']) {
      assert.equal((await get(name)).status, 200, name);
    }
    assert.equal((await get('nonsense')).status, 404);
  });
});
