/** How a variant stands, from worst to best; of a test its worst variant. The first that holds. */
export const healths = [
  'always-failing',
  'broken',
  'flaky',
  'suspect',
  'recovered',
  'new',
  'stable',
] as const;
export type Health = (typeof healths)[number];
