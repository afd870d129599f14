import type { Figure } from './metrics.ts';

/** What a figure must reach, as inclusive bounds. */
export type Target = { min?: number; max?: number };

/** One line of the report: what a rule reached at something, and what was to be reached. */
export type Row = {
  task: string;
  on: string;
  figure: string;
  rule: string;
  value: Figure;
  target?: Target;
};

const digits = (x: number): string =>
  Number.isNaN(x)
    ? '-'
    : Math.abs(x) >= 10
      ? x.toFixed(1)
      : Math.abs(x) < 2
        ? x.toFixed(3)
        : x.toFixed(2);

const targetText = ({ min, max }: Target): string =>
  min === undefined ? `at most ${max}` : `at least ${min}`;

/** Whether the figure itself, not its interval, reaches the target. */
export const holds = ({ value }: Figure, { min, max }: Target): boolean =>
  (min === undefined || value >= min) && (max === undefined || value <= max);

const cellOf = ({ value }: Row): string => {
  const { low, high } = value;
  const isPoint = low === high;
  return `${digits(value.value)}${isPoint ? '' : ` (${digits(low)} - ${digits(high)})`}`;
};

const verdictOf = ({ figure, value, target }: Row): string =>
  target === undefined
    ? ''
    : `${figure} ${targetText(target)}: ${holds(value, target) ? 'holds' : 'MISSED'}`;

/** Markdown tables, one per task: a line per rule and case, its figures side by side. */
export function tables(rows: readonly Row[]): string {
  return [...Map.groupBy(rows, ({ task }) => task)]
    .map(([task, those]) => `### ${task}\n\n${table(those)}`)
    .join('\n\n');
}

function table(rows: readonly Row[]): string {
  const figures = [...new Set(rows.map(({ figure }) => figure))];
  const lines = [...Map.groupBy(rows, ({ on, rule }) => `${on}\n${rule}`).values()].map((those) => [
    those[0]!.on,
    those[0]!.rule,
    ...figures.map((figure) => {
      const row = those.find((each) => each.figure === figure);
      return row === undefined ? '' : cellOf(row);
    }),
    those.map(verdictOf).filter(Boolean).join('; '),
  ]);
  const head = ['on', 'rule', ...figures, 'target'];
  return [head, head.map(() => '---'), ...lines]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
}

/** How many targets hold, and which do not. */
export function summary(rows: readonly Row[]): string {
  const bound = rows.filter(({ target }) => target !== undefined);
  const missed = bound.filter(({ value, target }) => !holds(value, target!));
  return [
    `${bound.length - missed.length} of ${bound.length} targets hold`,
    ...missed.map((row) => `missed: ${row.task}, ${row.on}: ${verdictOf(row)} (${cellOf(row)})`),
  ].join('\n');
}
