import type { Ctx } from '../../context.ts';

type Value = string | number | boolean | null;

/** What a spreadsheet would take for a formula, or for the start of one. */
const formula = /^[=+\-@\t\r\n\0|%＝＋－＠]/;

/** Answers with a table as CSV (RFC 4180, UTF-8), to be saved as `<name>.csv`. */
export function sendCsv(
  ctx: Ctx,
  name: string,
  head: readonly string[],
  rows: readonly (readonly Value[])[],
): void {
  ctx.type = 'text/csv; charset=utf-8';
  ctx.attachment(`${name.replaceAll(/[^\w.-]+/g, '-')}.csv`);
  ctx.set('Cache-Control', 'private, no-store');
  ctx.body = csvOf(head, rows);
}

/** null is empty. A text that a spreadsheet would compute gets an apostrophe before it, and quotes. */
export function csvOf(head: readonly string[], rows: readonly (readonly Value[])[]): string {
  return [head, ...rows].map((row) => `${row.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(value: Value): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const isFormula = formula.test(value);
  const text = isFormula ? `'${value}` : value;
  return isFormula || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
