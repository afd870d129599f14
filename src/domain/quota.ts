export const plans = ['free', 'pro', 'team'] as const;
export type Plan = (typeof plans)[number];

/** Credits of a workspace in a calendar month (UTC). */
export type Usage = {
  plan: Plan;
  used: number;
  /** null: unlimited */
  limit: number | null;
  /** when the month ends, ms since the epoch */
  resetAtMs: number;
};

/** The month of an instant in UTC, counted from year 0: 2026-11 is 2026 × 12 + 10. */
export function monthOf(ms: number): number {
  const at = new Date(ms);
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

/** When a month ends: the first instant of the next one. */
export const monthEndMs = (month: number): number =>
  Date.UTC(Math.floor(month / 12), (month % 12) + 1, 1);

/** Only the free plan counts; the others are unlimited. */
export const creditLimit = (plan: Plan, monthlyCredits: number): number | null =>
  plan === 'free' ? monthlyCredits : null;

/** What is left, never below 0; null: unlimited. */
export const creditsLeft = ({ used, limit }: Usage): number | null =>
  limit === null ? null : Math.max(0, limit - used);
