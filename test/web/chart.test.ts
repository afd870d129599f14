import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ChartSpec, chartOf, roundTicks } from '../../src/web/pages/parts/chart.ts';
import { dailyCharts } from '../../src/web/pages/parts/daily-charts.ts';

const day = 86_400_000;
const spec = (values: (number | null)[], more: Partial<ChartSpec> = {}): ChartSpec => ({
  label: 'Grade by day',
  fromMs: 0,
  toMs: (values.length - 1) * day,
  low: 0,
  high: 100,
  ticks: [],
  line: values.map((value, i) => ({ atMs: i * day, value, title: `day ${i}` })),
  ...more,
});
const draw = (one: ChartSpec) => chartOf(one, (ms) => `day ${ms / day}`);

describe('a chart', () => {
  it('goes from edge to edge, the lowest at the bottom and the highest below the room for marks', () => {
    const { path, plotHeight } = draw(spec([0, 50, 100]));
    assert.equal(path, `M0 ${plotHeight}L50 83L100 16`);
  });
  it('has a gap where nothing is known, because a line there would be made up', () => {
    const { path, spots } = draw(spec([50, 50, null, 50, 50]));
    assert.equal(path.match(/M/g)!.length, 2);
    assert.equal(spots.length, 4);
  });
  it('every point is hit where it is nearest', () => {
    const { spots } = draw(spec([1, 2, 3, 4, 5]));
    assert.deepEqual(
      spots.map(({ left, width }) => [left, width]),
      [
        [0, 12.5],
        [12.5, 25],
        [37.5, 25],
        [62.5, 25],
        [87.5, 12.5],
      ],
    );
  });
  it('an incident that goes on reaches to the right edge, and its word stays inside', () => {
    const span = { fromMs: 3 * day, toMs: null, text: '1', title: 'broken', tone: 'bad' } as const;
    const [late] = draw(spec([1, 2, 3, 4, 5], { spans: [span] })).spans;
    assert.deepEqual([late!.x, late!.width, late!.anchor], [75, 25, 'end']);
    const [early] = draw(spec([1, 2, 3, 4, 5], { spans: [{ ...span, fromMs: 0 }] })).spans;
    assert.deepEqual([early!.x, early!.width, early!.anchor], [0, 100, 'start']);
  });
  it('keeps inside its frame whatever the values are', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.constant(null));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (values) => {
        for (const { x, y } of draw(spec(values)).spots) {
          assert.ok(x >= 0 && x <= 100 && y >= 16 && y <= 150, `${x} ${y}`);
        }
      }),
    );
  });
});

describe('the charts of a repo', () => {
  const figures = (grade: number | null) => ({
    ...{ grade, passRate: 0.98, falseRed: 0.02, flakiness: 0, duration: 61_000 },
  });
  const days = [null, 91.2, 88].map((grade, i) => ({ day: 20_000 + i, values: figures(grade) }));
  const span = {
    fromMs: 20_001 * day,
    toMs: null,
    text: '1',
    title: 'broken',
    tone: 'bad',
  } as const;

  it('show each series with its newest value, and the incident on all of them', () => {
    const charts = dailyCharts(days, [span]);
    assert.deepEqual(
      charts.map(({ title, newest }) => `${title} ${newest.replaceAll('\u00a0', ' ')}`),
      ['Grade 88.0', 'Pass rate 98 %', 'False reds 2 %', 'Duration 1 min 1 s'],
    );
    for (const { chart } of charts) assert.equal(chart!.spans[0]!.x, 50);
  });
  it('say in words what they show, because not everybody sees them', () => {
    const [grade] = dailyCharts(days, []);
    assert.match(
      grade!.chart!.label,
      /^Grade by day, .* from 91.2 to 88.0, lowest 88.0, highest 91.2$/,
    );
    assert.deepEqual(grade!.table.rows[0], ['6 Oct 2024', '88.0']);
    assert.equal(grade!.table.rows[2]![1], '–');
  });
  it('a series without any value has no picture', () => {
    const [grade] = dailyCharts([{ day: 20_000, values: figures(null) }], []);
    assert.deepEqual([grade!.chart, grade!.newest], [null, '–']);
  });
});

describe('lines across a chart', () => {
  it('are few, round and cover the highest value', () => {
    assert.deepEqual(roundTicks(43), [0, 20, 40, 60]);
    assert.deepEqual(roundTicks(100), [0, 25, 50, 75, 100]);
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (most) => {
        const ticks = roundTicks(most);
        assert.ok(ticks.length <= 6 && ticks.at(-1)! >= most * (1 - 1e-9), `${ticks}`);
      }),
    );
  });
});
