/** Colours with white letters on them: at least 4.5 to 1. */
const colours = { good: '#1c7a55', fair: '#8a5d06', poor: '#b23426', none: '#5b6270' };

export type Tone = keyof typeof colours;

const height = 20;
const pad = 7;
/** of a letter of 11 px in the fonts that badges are drawn with, on average */
const letterWidth = 6.4;

const widthOf = (text: string): number => Math.round(text.length * letterWidth + 2 * pad);

/** A label and a value side by side. Both are words of this program and need no escaping. */
export function badgeSvg(label: string, value: string, tone: Tone): string {
  const [left, right] = [widthOf(label), widthOf(value)];
  const text = (words: string, x: number, width: number): string =>
    `<text x="${x}" y="14" text-anchor="middle" textLength="${width - 2 * pad}" lengthAdjust="spacingAndGlyphs">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${height}" role="img" aria-label="${label}: ${value}">`,
    `<title>${label}: ${value}</title>`,
    `<clipPath id="r"><rect width="${left + right}" height="${height}" rx="4"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left}" height="${height}" fill="#3d434d"/>`,
    `<rect x="${left}" width="${right}" height="${height}" fill="${colours[tone]}"/></g>`,
    `<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">`,
    `${text(label, left / 2, left)}${text(value, left + right / 2, right)}</g></svg>`,
  ].join('');
}
