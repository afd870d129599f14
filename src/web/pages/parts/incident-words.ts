import type { IncidentKind } from '../../../domain/incident-kinds.ts';
import type { IncidentEvidence, IncidentLine } from '../../../store/judged/incident-reads.ts';
import { format } from '../../format.ts';

type Words = {
  word: string;
  glyph: string;
  /** of its pill */
  tone: 'bad' | 'wary';
  /** what happened, with the numbers of the surest evidence */
  says: (line: IncidentLine) => string;
  /** that evidence in figures, shorter */
  figures: (figures: IncidentEvidence['figures']) => string;
};

const share = (value: number | string | null | undefined): string =>
  typeof value === 'number' ? format.share(value) : '–';
const number = (value: number | string | null | undefined): number =>
  typeof value === 'number' ? value : Number.NaN;

const arrow = (from: string, to: string): string => `${from} → ${to}`;

/** How each kind of incident is told, on the list and on its own page. */
export const incidentWords: Record<IncidentKind, Words> = {
  'new-failure': {
    word: 'new failure',
    glyph: '▲',
    tone: 'bad',
    says: ({ testCount, isOpen }) =>
      testCount === 1
        ? `${isOpen ? 'is' : 'was'} broken`
        : `${testCount} tests ${isOpen ? 'are' : 'were'} broken`,
    figures: ({ broken }) => `P(broken) ${share(broken)}`,
  },
  'mass-failure': {
    word: 'mass failure',
    glyph: '✱',
    tone: 'bad',
    says: ({ lead: { figures } }) =>
      `${format.count(number(figures.troubled))} of ${format.count(number(figures.executed))} cases in trouble in one run`,
    figures: ({ troubled, executed }) =>
      `${format.share(number(troubled) / number(executed))} of the cases`,
  },
  'pass-rate-drop': {
    word: 'pass-rate drop',
    glyph: '▼',
    tone: 'bad',
    says: ({ lead: { suite }, isOpen }) => {
      const is = isOpen ? 'is' : 'was';
      return suite === '' ? `Good code ${is} red more often` : `${is} red on good code more often`;
    },
    figures: ({ redsBefore, redsAfter }) =>
      `${arrow(share(redsBefore), share(redsAfter))} of commits red`,
  },
  'flakiness-increase': {
    word: 'flakier',
    glyph: '≈',
    tone: 'wary',
    says: ({ testCount, isOpen }) =>
      testCount === 1
        ? `${isOpen ? 'flakes' : 'flaked'} more often`
        : `${testCount} tests ${isOpen ? 'flake' : 'flaked'} more often`,
    figures: ({ rateBefore, rateAfter }) =>
      `${arrow(share(rateBefore), share(rateAfter))} of attempts fail`,
  },
  'slow-down': {
    word: 'slower',
    glyph: '◷',
    tone: 'wary',
    says: ({ testCount, isOpen }) => {
      const take = isOpen ? 'take' : 'took';
      if (testCount === 0) return `Whole runs ${take} longer`;
      return testCount === 1
        ? `${isOpen ? 'takes' : 'took'} longer`
        : `${testCount} tests ${take} longer`;
    },
    figures: ({ ratio, addedMs }) =>
      `${number(ratio).toFixed(2)}${'\u00a0'}× as long, +${format.duration(number(addedMs))}`,
  },
};

/** What an incident is about, in the words of who named it: one test, one suite, or nothing. */
export function subjectOf({ tests, testCount, lead }: IncidentLine): string {
  if (testCount === 1) return tests[0]!.name;
  const suites = new Set(tests.map(({ suite }) => suite));
  if (testCount > tests.length || suites.size > 1) return '';
  return [...suites][0] ?? lead.suite;
}

/** What stands between the subject and what is said of it: a test is broken, but `suite: 3 tests are`. */
export const jointOf = ({ testCount }: IncidentLine): string => (testCount > 1 ? ': ' : ' ');

/** Where the one test of an incident stands. */
export const placeOf = ({ tests, testCount }: IncidentLine): string =>
  testCount === 1 ? tests[0]!.suite : '';

/** The commit that an incident began with, as likely as is known. */
export function sinceOf({ culprit, lead }: IncidentLine): {
  commit: string | null;
  probability: number | null;
} {
  const first = culprit?.suspects[0];
  return first ?? { commit: lead.firstBad, probability: null };
}

/** All that a line or the head of a page says of an incident. */
export function toldOf(incident: IncidentLine) {
  const words = incidentWords[incident.kind];
  return {
    words,
    subject: subjectOf(incident),
    joint: jointOf(incident),
    place: placeOf(incident),
    says: words.says(incident),
    figures: words.figures(incident.lead.figures),
  };
}
