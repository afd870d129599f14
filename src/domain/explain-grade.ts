import { grade as params } from './analytics-params.ts';
import { type ExplainedNumber, rounded } from './explained.ts';
import { type Demerits, type Grade, type GradeInputs, nextLetter } from './grade.ts';

/** What a grade was made of. */
export type GradeFacts = {
  grade: Grade | null;
  inputs: GradeInputs;
  gradedRuns: number;
  historyMs: number;
  effectiveRuns: number;
};

export type ExplainedGrade = { reason: string; numbers: ExplainedNumber[] };

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** The grade step by step: inputs, demerits, score, interval. O(1). */
export function explainGrade(facts: GradeFacts): ExplainedGrade {
  const { grade, inputs, gradedRuns } = facts;
  const numbers = (Object.keys(inputFormulas) as (keyof GradeInputs)[]).map((input) => ({
    name: input,
    value: inputs[input],
    formula: inputFormulas[input],
    values: { runs: gradedRuns },
  }));
  if (grade === null) return { reason: noGradeReason(facts), numbers };
  return {
    reason: gradeReason(grade),
    numbers: [...numbers, ...demeritNumbers(inputs, grade.demerits), ...scoreNumbers(facts, grade)],
  };
}

const ofRuns = `a run's weight halves every ${params.halfLifeMs / dayMs} days`;

const inputFormulas: Record<keyof GradeInputs, string> = {
  standing: 'tests whose last two commits of the default branch have no pass',
  redRuns: `Σ weight × (1 red, ${params.flakySeverity} flaky, 0 green) / Σ weight over the runs of the default branch; ${ofRuns}`,
  severity: `Σ weight × (failed + ${params.flakySeverity} × flaky cases) / Σ weight × executed cases; ${ofRuns}`,
  skipped: `Σ weight × skipped / total, over Σ weight; ${ofRuns}`,
  slowdown: `ln(median of the newest ${params.slowdown.recentRuns} run durations / median of the ${params.slowdown.earlierRuns} before), at least 0; 0 below ${params.slowdown.minRuns} timed runs of a job`,
};

const saturating = 'points × (1 - exp(-x / scale))';

/** How each demerit comes from its input x. */
const demeritFormulas: Record<keyof GradeInputs, { formula: string; values: object }> = {
  standing: { formula: saturating, values: params.standing },
  redRuns: { formula: `${saturating} / (1 - exp(-saturation))`, values: params.redRuns },
  severity: { formula: saturating, values: params.severity },
  skipped: { formula: 'points × (x - free) / range, within 0 and points', values: params.skipped },
  slowdown: {
    formula: 'points × x / ln 2, within 0 and points',
    values: { points: params.slowdown.points },
  },
};

const demeritNumbers = (inputs: GradeInputs, demerits: Demerits): ExplainedNumber[] =>
  (Object.keys(demeritFormulas) as (keyof GradeInputs)[]).map((input) => ({
    name: `demerits.${input}`,
    value: demerits[input],
    formula: demeritFormulas[input].formula,
    values: { x: inputs[input], ...demeritFormulas[input].values },
  }));

function scoreNumbers({ inputs, effectiveRuns }: GradeFacts, grade: Grade): ExplainedNumber[] {
  const { score, demerits, interval } = grade;
  const atQuantile = (name: string, value: number, p: number): ExplainedNumber => ({
    name,
    value,
    formula:
      'the score with redRuns at the quantile p of Beta(1/2 + n × redRuns, 1/2 + n × (1 - redRuns)), or the score itself where that is further out',
    values: { p, n: effectiveRuns, redRuns: inputs.redRuns },
  });
  return [
    {
      name: 'score',
      value: score,
      formula: '100 less the demerits, at least 0, rounded half up to 0.1',
      values: demerits,
    },
    atQuantile('scoreLow', interval.low, params.interval.high),
    atQuantile('scoreHigh', interval.high, params.interval.low),
  ];
}

function gradeReason({ letter, score }: Grade): string {
  const { from } = params.letters.find((band) => band.letter === letter)!;
  const better = nextLetter(letter);
  const above = better === null ? 'the best' : `${better.letter} begins at ${better.from}`;
  return `${letter} begins at ${from}; the score is ${score}; ${above}.`;
}

const noGradeReason = ({ gradedRuns, historyMs }: GradeFacts): string =>
  `No grade below ${params.minRuns} runs of the default branch and ${params.minHistoryMs / hourMs} hours of history; there are ${gradedRuns} runs within ${rounded(historyMs / hourMs)} hours.`;
