export type Row = {
  id: string;
  what: string;
  value: number;
  unit: string;
  /** what docs/performance.md promises */
  target?: { atLeast: number } | { atMost: number };
  /** the figure in units of the reference, where it is a time */
  references?: number;
  note?: string;
};

export class Report {
  readonly rows: Row[] = [];
  readonly #referenceMs: number;

  constructor(referenceMs: number) {
    this.#referenceMs = referenceMs;
  }

  add(row: Row): void {
    const isTime = row.unit === 'ms' || row.unit === 's';
    const ms = row.unit === 's' ? row.value * 1000 : row.value;
    const references = isTime ? { references: ms / this.#referenceMs } : {};
    const full = { ...row, ...references };
    this.rows.push(full);
    process.stderr.write(`${lineOf(full)}\n`);
  }
}

export const holds = ({ value, target }: Row): boolean | null => {
  if (target === undefined) return null;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
};

const columns = ['what', 'figure', 'target', 'references', 'note'] as const;

/** A Markdown table, for people and for docs/performance.md. */
export function table(rows: readonly Row[]): string {
  const cells = [columns.map(String), ...rows.map(cellsOf)];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const line = (row: string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n');
}

const lineOf = (row: Row): string => cellsOf(row).filter(Boolean).join('  ');

function cellsOf(row: Row): string[] {
  const isMet = holds(row);
  const mark = isMet === null ? '' : isMet ? ' ok' : ' MISSED';
  const target =
    row.target === undefined
      ? ''
      : 'atLeast' in row.target
        ? `≥ ${number(row.target.atLeast)}`
        : `≤ ${number(row.target.atMost)}`;
  const references = row.references === undefined ? '' : number(row.references);
  return [
    row.what,
    `${number(row.value)} ${row.unit}`.trim(),
    target + mark,
    references,
    row.note ?? '',
  ];
}

function number(value: number): string {
  if (!Number.isFinite(value)) return 'absent';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
