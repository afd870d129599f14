/**
 * How well changes of level are found in series that people have marked. `--data` is a folder of
 * series in the form of the Turing Change Point Dataset, `{ name, series: [{ raw: [numbers] }] }` in
 * `<name>.json` each, beside
 *   annotations.json  { name: { annotator: [indices of the first value at a new level] } }
 *   alarms.json       { name: [indices] } of increases that deserved an alarm; optional
 * Prints F1 with a margin of 5 over the annotators and the covering of their segments, as
 * van den Burg and Williams define them; micro F1 against what 3 of 5 annotators say; and alarms.
 *
 *   npm run evaluate -- --task change-points --data DIR
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { levelChanges } from '../../src/domain/duration-changes.ts';
import { otava } from './anchors/otava.ts';
import { perfherder } from './anchors/perfherder.ts';
import { consensusOf, coverOf, f1Of, matchesOf } from './marked-series.ts';
import { mean } from './metrics.ts';

type Series = { name: string; values: number[] };
type Rule = (values: readonly number[]) => number[];

/** Our changes are of logarithms; a series that has no such is taken in units of its own size. */
function ours(values: readonly number[]): number[] {
  const size = mean(values.map(Math.abs)) || 1;
  const logs = values.every((value) => value > 0)
    ? values.map(Math.log)
    : values.map((value) => value / size);
  return levelChanges(Float64Array.from(logs)).map(({ index }) => index);
}

const rules: [string, Rule][] = [
  ['ours', ours],
  ['Otava', otava],
  ['Perfherder', perfherder],
  ['none', () => []],
];

const { values: options } = parseArgs({ options: { data: { type: 'string' } } });
if (options.data === undefined) throw new Error('Say where the series are: --data DIR');
const folder = options.data;
const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const isSeries = (file: string) => !['annotations.json', 'alarms.json'].includes(file);
const all = files.filter(isSeries).map((file): Series => {
  const { name, series } = read(file) as { name: string; series: { raw: (number | null)[] }[] };
  return { name, values: series[0]!.raw.filter((value) => value !== null) };
});
const annotations = read('annotations.json') as Record<string, Record<string, number[]>>;
const marked = all.filter(({ name }) => annotations[name] !== undefined);
console.log(`${all.length} series, ${marked.length} of them annotated`);
console.log(`${'rule'.padEnd(12)} F1     cover  micro P / R / F1 of the consensus`);
for (const [rule, find] of rules) {
  const figures = marked.map(({ name, values }) => {
    const people = Object.values(annotations[name]!);
    const found = find(values);
    return {
      f1: f1Of(found, people),
      cover: coverOf(found, people, values.length),
      consensus: matchesOf(found, consensusOf(people)),
    };
  });
  const total = (of: 'told' | 'real' | 'right') =>
    figures.reduce((sum, { consensus }) => sum + consensus[of], 0);
  const [precision, recall] = [total('right') / total('told'), total('right') / total('real')];
  const micro = (2 * precision * recall) / (precision + recall);
  const shown = [precision, recall, micro].map((x) => x.toFixed(3)).join(' / ');
  const [f1, cover] = [mean(figures.map((x) => x.f1)), mean(figures.map((x) => x.cover))];
  console.log(`${rule.padEnd(12)} ${f1.toFixed(3)}  ${cover.toFixed(3)}  ${shown}`);
}
if (files.includes('alarms.json')) {
  const alarms = read('alarms.json') as Record<string, number[]>;
  for (const [rule, find] of rules) {
    const sums = all.map(({ name, values }) => {
      const rises = find(values).filter((at, i, found) => {
        const [from, to] = [found[i - 1] ?? 0, found[i + 1] ?? values.length];
        return mean(values.slice(at, to)) > mean(values.slice(from, at));
      });
      return matchesOf(rises, alarms[name] ?? []);
    });
    const total = (of: 'told' | 'real' | 'right') => sums.reduce((sum, x) => sum + x[of], 0);
    const wrong = total('told') - total('right');
    console.log(`${rule.padEnd(12)} ${total('right')} of ${total('real')} alarms, ${wrong} false`);
  }
}
