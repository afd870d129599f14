type Order = 'ascending' | 'descending';

/** A column of a list. `sort` null: the list cannot be sorted by it. */
export type Column<Sort extends string> = {
  word: string;
  sort: Sort | null;
  isNumber?: boolean;
  /** what its numbers are and how they come about */
  how?: string;
  /** the order that a click gives; else highest first */
  order?: Order;
};

/** What views/partials/heads.eta shows. */
export type Head = {
  word: string;
  how: string;
  isNumber: boolean;
  href: string | null;
  /** null: not sorted by it */
  order: Order | null;
};

/** `hrefOf`: the same list sorted otherwise; null for a list that only has one order. */
export function headsOf<Sort extends string>(
  columns: readonly Column<Sort>[],
  current: Sort | null,
  hrefOf: ((sort: Sort) => string) | null,
): Head[] {
  return columns.map(
    ({ word, sort, isNumber = false, how = '', order = 'descending' }): Head => ({
      word,
      how,
      isNumber,
      href: sort === null || hrefOf === null ? null : hrefOf(sort),
      order: sort !== null && sort === current ? order : null,
    }),
  );
}
