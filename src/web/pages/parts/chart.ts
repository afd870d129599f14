/**
 * Charts over time as plain SVG. Places from left to right are shares of the width and lengths from
 * top to bottom are pixels, so that one drawing fits every width with letters of one size, without
 * a script and without `style`.
 */

export type ChartPoint = {
  atMs: number;
  /** null: not known, the line has a gap */
  value: number | null;
  /** what is said of it where a pointer rests */
  title: string;
};

export type ChartSpec = {
  /** what the picture says, in a sentence */
  label: string;
  fromMs: number;
  toMs: number;
  /** lowest and highest value of the drawing; what lies outside is drawn at the edge */
  low: number;
  high: number;
  /** lines across, with their words on the left */
  ticks: readonly { value: number; text: string }[];
  /** joined by a line, ascending by time */
  line?: readonly ChartPoint[];
  /** each on its own */
  dots?: readonly ChartPoint[];
  /** a steady value over some time, as a short line */
  levels?: readonly { fromMs: number; toMs: number; value: number }[];
  /** times that are lit from top to bottom, such as an incident; a mark stands at their beginning */
  spans?: readonly Span[];
};

/** `toMs` null: it still goes on. `text`: short, beside its mark. */
export type Span = {
  fromMs: number;
  toMs: number | null;
  text: string;
  title: string;
  tone: 'bad' | 'note';
};

type Spot = { x: number; y: number; left: number; width: number; title: string };

/** What views/partials/chart.eta draws. x and widths in percent, y and heights in pixels. */
export type Chart = {
  label: string;
  height: number;
  /** of the plot alone, above the dates */
  plotHeight: number;
  ticks: { y: number; text: string }[];
  days: { x: number; anchor: 'start' | 'middle' | 'end'; text: string }[];
  /** of a drawing 100 wide */
  path: string;
  area: string;
  spots: Spot[];
  dots: Spot[];
  levels: { x1: number; x2: number; y: number }[];
  spans: (Omit<Span, 'fromMs' | 'toMs'> & {
    x: number;
    width: number;
    textX: number;
    anchor: 'start' | 'end';
  })[];
};

const plotHeight = 150;
const topRoom = 16;
const dayRoom = 22;
const dayMs = 86_400_000;

export function chartOf(spec: ChartSpec, formatDay: (ms: number) => string): Chart {
  const scale = scaleOf(spec);
  const line = spec.line ?? [];
  return {
    label: spec.label,
    height: plotHeight + dayRoom,
    plotHeight,
    ticks: spec.ticks.map(({ value, text }) => ({ y: scale.y(value), text })),
    days: daysOf(spec, scale, formatDay),
    ...pathsOf(line, scale),
    spots: spotsOf(line, scale),
    dots: spotsOf(spec.dots ?? [], scale),
    levels: (spec.levels ?? []).map(({ fromMs, toMs, value }) => ({
      x1: scale.x(fromMs),
      x2: scale.x(toMs),
      y: scale.y(value),
    })),
    spans: (spec.spans ?? []).map((span) => spanOf(span, spec, scale)),
  };
}

type Scale = { x(ms: number): number; y(value: number): number };

const tenths = (n: number): number => Math.round(n * 10) / 10;
const hundredths = (n: number): number => Math.round(n * 100) / 100;

function scaleOf({ fromMs, toMs, low, high }: ChartSpec): Scale {
  const wide = Math.max(1, toMs - fromMs);
  const tall = Math.max(Number.MIN_VALUE, high - low);
  const clamp = (share: number) => Math.min(1, Math.max(0, share));
  return {
    x: (ms) => hundredths(100 * clamp((ms - fromMs) / wide)),
    y: (value) => tenths(plotHeight - (plotHeight - topRoom) * clamp((value - low) / tall)),
  };
}

/** One path for the line and one for the ground below it; a gap begins both anew. */
function pathsOf(points: readonly ChartPoint[], { x, y }: Scale): { path: string; area: string } {
  const stretches: string[][] = [[]];
  for (const { atMs, value } of points) {
    if (value === null) stretches.push([]);
    else stretches.at(-1)!.push(`${x(atMs)} ${y(value)}`);
  }
  const drawn = stretches.filter((stretch) => stretch.length > 0);
  const endOf = (place: string): string => place.split(' ')[0]!;
  return {
    path: drawn.map((stretch) => `M${stretch.join('L')}`).join(''),
    area: drawn
      .map(
        (s) => `M${endOf(s[0]!)} ${plotHeight}L${s.join('L')}L${endOf(s.at(-1)!)} ${plotHeight}Z`,
      )
      .join(''),
  };
}

/** Each point with the room around it that belongs to it, so that it is easily hit. */
function spotsOf(points: readonly ChartPoint[], { x, y }: Scale): Spot[] {
  const known = points.filter((point) => point.value !== null);
  const places = known.map(({ atMs }) => x(atMs));
  return known.map(({ value, title }, i) => {
    const here = places[i]!;
    const left = i === 0 ? 0 : (places[i - 1]! + here) / 2;
    const right = i === known.length - 1 ? 100 : (places[i + 1]! + here) / 2;
    const width = Math.max(0, hundredths(right - left));
    return { x: here, y: y(value!), left: hundredths(left), width, title };
  });
}

/** Beginning, middle and end; fewer where they are the same day. */
function daysOf({ fromMs, toMs }: ChartSpec, { x }: Scale, formatDay: (ms: number) => string) {
  const days: Chart['days'] = [
    { x: 0, anchor: 'start', text: formatDay(fromMs) },
    { x: 100, anchor: 'end', text: formatDay(toMs) },
  ];
  if (toMs - fromMs < 4 * dayMs) return fromMs === toMs ? days.slice(1) : days;
  const middleMs = fromMs + Math.floor((toMs - fromMs) / 2 / dayMs) * dayMs;
  return days.toSpliced(1, 0, { x: x(middleMs), anchor: 'middle', text: formatDay(middleMs) });
}

function spanOf(
  { fromMs, toMs, text, title, tone }: Span,
  spec: ChartSpec,
  { x }: Scale,
): Chart['spans'][number] {
  const from = x(fromMs);
  const isLate = from > 60;
  return {
    text,
    title,
    tone,
    x: from,
    width: Math.max(0, hundredths(x(toMs ?? spec.toMs) - from)),
    textX: hundredths(from + (isLate ? -0.8 : 0.8)),
    anchor: isLate ? 'end' : 'start',
  };
}

/** Round steps that cover 0 to `most`: at most five lines. */
export function roundTicks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough)! * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => i * step);
}
