import type { Summary } from '../../../domain/model.ts';
import { format } from '../../format.ts';

/** A number and, for whoever asks, how it came about. */
export type Explained = { text: string; how: string };

/** Share of executed cases that passed in the end; skipped ones do not count. */
export function passRate({ passed, flaky, failed }: Summary): Explained {
  const executed = passed + flaky + failed;
  if (executed === 0) return { text: '–', how: 'No case was executed.' };
  const { count } = format;
  const retried = flaky === 0 ? '' : ` and ${count(flaky)} flaky`;
  return {
    text: format.percent(passed + flaky, executed),
    how: `${count(passed)} passed${retried} of ${count(executed)} executed; skipped ones do not count.`,
  };
}

/** 12 failed, 3 flaky of 10,000 */
export function countsInWords({ total, failed, flaky, passed, skipped }: Summary): string {
  const { count } = format;
  const troubles = [
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(flaky > 0 ? [`${count(flaky)} flaky`] : []),
  ];
  if (troubles.length > 0) return `${troubles.join(', ')} of ${count(total)}`;
  if (passed === 0) return total === 0 ? 'no cases' : `none of ${count(total)} executed`;
  if (skipped > 0 && passed + skipped === total)
    return `${count(passed)} passed, ${count(skipped)} skipped`;
  return passed === total
    ? `all ${count(total)} passed`
    : `${count(passed)} of ${count(total)} passed`;
}
