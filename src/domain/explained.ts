/** A number with what it was made of: `formula` speaks of `values` by their names. */
export type ExplainedNumber = {
  name: string;
  value: number | null;
  formula: string;
  values: Record<string, number | null>;
};

/** 0.9876 → 0.988, 1234.5 → 1235: three digits that say something. */
export const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
