/**
 * How well lines of logs are put together that one statement printed: `--data` is a folder of
 * `*_structured.csv` files of LogHub, with the columns Content and EventId; 2,000 lines each. Prints
 * grouping accuracy (share of lines whose group is exactly that of their statement) and pairwise F1,
 * by normalised text alone and with near-duplicates joined, with nothing tuned per system.
 *
 *   npm run evaluate -- --task log-templates --data DIR
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { failureFields } from '../../src/domain/failure-fields.ts';
import { MessageClusters } from '../../src/domain/message-clusters.ts';
import { sketch } from '../../src/domain/near-duplicates.ts';
import { maskedByLuci } from './anchors/luci-masks.ts';
import { csvRows } from './csv.ts';
import { mean } from './metrics.ts';

type Line = { content: string; event: string };
type Grouping = (lines: readonly Line[]) => string[];

const template = (content: string) => failureFields({ message: content, stack: null });

const byTemplate: Grouping = (lines) => lines.map(({ content }) => template(content).template);

const byCluster: Grouping = (lines) => {
  const clusters = new MessageClusters();
  const names = new Map<string, string>();
  return lines.map(({ content }) => {
    const fields = template(content);
    const known = names.get(fields.template);
    if (known !== undefined) return known;
    const name = clusters.add(fields.template, sketch(fields));
    names.set(fields.template, name);
    return name;
  });
};

const rules: [string, Grouping][] = [
  ['normalised', byTemplate],
  ['with near-duplicates', byCluster],
  ['LUCI masks', (lines) => lines.map(({ content }) => maskedByLuci(content))],
];

function figuresOf(lines: readonly Line[], groups: readonly string[]) {
  const cells = new Map<string, number>();
  const add = (key: string) => cells.set(key, (cells.get(key) ?? 0) + 1);
  lines.forEach(({ event }, i) => {
    add(`event ${event}`);
    add(`group ${groups[i]}`);
    add(`both ${event} ${groups[i]}`);
  });
  let [exact, right] = [0, 0];
  const pairs = { event: 0, group: 0 };
  for (const [key, count] of cells) {
    const kind = key.slice(0, 5);
    if (kind === 'event' || kind === 'group') pairs[kind] += (count * (count - 1)) / 2;
    else right += (count * (count - 1)) / 2;
  }
  lines.forEach(({ event }, i) => {
    const both = cells.get(`both ${event} ${groups[i]}`);
    if (both === cells.get(`event ${event}`) && both === cells.get(`group ${groups[i]}`)) exact++;
  });
  return { accuracy: exact / lines.length, f1: (2 * right) / (pairs.event + pairs.group) };
}

const { values } = parseArgs({ options: { data: { type: 'string' } } });
if (values.data === undefined) throw new Error('Say where the logs are: --data DIR');
const folder = values.data;
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('_structured.csv'))
  .sort();
const all = files.map((file) =>
  csvRows(readFileSync(join(folder, file), 'utf8')).map(
    (row): Line => ({ content: row.Content ?? '', event: row.EventId ?? '' }),
  ),
);
console.log(`${files.length} systems`);
for (const [name, group] of rules) {
  const figures = all.map((lines) => figuresOf(lines, group(lines)));
  const accuracy = mean(figures.map((each) => each.accuracy)).toFixed(3);
  const f1 = mean(figures.map((each) => each.f1)).toFixed(3);
  console.log(`${name.padEnd(22)} grouping accuracy ${accuracy}  pair F1 ${f1}`);
}
