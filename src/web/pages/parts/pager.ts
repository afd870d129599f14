export type Pager = {
  /** beyond `total` where there is no such page */
  from: number;
  to: number;
  total: number;
  previous: string | null;
  next: string | null;
  /** numbers to click; null is a gap */
  pages: ({ number: number; href: string; isCurrent: boolean } | null)[];
};

/** Page `page` (from 1) of `total` items: the neighbours, the ends, and what to click. */
export function pagerOf(
  page: number,
  size: number,
  total: number,
  hrefOf: (page: number) => string,
): Pager {
  const last = Math.max(1, Math.ceil(total / size));
  const shown = [1, 2, page - 1, page, page + 1, last - 1, last].filter((n) => n >= 1 && n <= last);
  const numbers = [...new Set(shown)].sort((a, b) => a - b);
  const pages = numbers.flatMap((number, i): Pager['pages'] => {
    const entry = { number, href: hrefOf(number), isCurrent: number === page };
    const isGap = i > 0 && number > numbers[i - 1]! + 1;
    return isGap ? [null, entry] : [entry];
  });
  return {
    from: (page - 1) * size + 1,
    to: Math.min(total, page * size),
    total,
    previous: page > 1 ? hrefOf(Math.min(page - 1, last)) : null,
    next: page < last ? hrefOf(page + 1) : null,
    pages,
  };
}
