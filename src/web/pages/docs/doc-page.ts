/** A page that tells what a number means. Plain values; the template is the same for all. */
export type DocPage = {
  title: string;
  /** what the number means, in a sentence or two */
  lead: string;
  sections: { heading: string; text: string[]; formula?: string }[];
  /** every number that the formulas stand on, read from where the formulas read it */
  parameters: [what: string, value: number | string][];
  example: {
    text: string;
    steps: [what: string, value: string][];
  };
};

export const days = (ms: number): string => `${ms / 86_400_000} days`;
export const percent = (share: number): string => `${Number((100 * share).toPrecision(6))} %`;
