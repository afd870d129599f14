const hourMs = 3_600_000;

/** How much work falls on an hour (UTC): most on weekdays by day, little at night and weekends. */
function weightOf(hourStartMs: number): number {
  const date = new Date(hourStartMs);
  const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  const hour = date.getUTCHours();
  const isDay = hour >= 8 && hour < 18;
  if (isWeekend) return isDay ? 0.08 : 0.02;
  return isDay ? 1 : 0.06;
}

/**
 * Share of the work done → time. `at(0)` is the beginning, `at(1)` the end; strictly increasing, so
 * that what happens and in which order does not depend on when the history is asked for: only
 * the gaps follow the calendar.
 */
export function workCalendar(fromMs: number, toMs: number): (share: number) => number {
  const hours = Math.ceil((toMs - fromMs) / hourMs);
  const done = new Float64Array(hours + 1);
  for (let i = 0; i < hours; i++) {
    const length = Math.min(hourMs, toMs - fromMs - i * hourMs) / hourMs;
    done[i + 1] = done[i]! + length * weightOf(fromMs + i * hourMs);
  }
  return (share) => {
    const wanted = share * done[hours]!;
    const hour = Math.min(hours - 1, lastAtMost(done, wanted));
    const inHour = (wanted - done[hour]!) / (done[hour + 1]! - done[hour]!);
    const length = Math.min(hourMs, toMs - fromMs - hour * hourMs);
    return Math.floor(fromMs + hour * hourMs + inHour * length);
  };
}

/** Index of the last of the ascending numbers that is not above `wanted`. */
function lastAtMost(ascending: Float64Array, wanted: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ascending[middle]! <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
