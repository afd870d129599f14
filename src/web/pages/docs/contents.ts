import { clustersPage } from './clusters.ts';
import type { DocPage } from './doc-page.ts';
import { durationsPage } from './durations.ts';
import { flakinessPage } from './flakiness.ts';
import { gradesPage } from './grades.ts';
import { regressionsPage } from './regressions.ts';

/** The pages that tell what the numbers mean, by their names below /docs. */
export const docPages: Record<string, DocPage> = {
  grades: gradesPage,
  flakiness: flakinessPage,
  regressions: regressionsPage,
  durations: durationsPage,
  clusters: clustersPage,
};

type Guide = { name: string; title: string; lead: string };

/** The other pages below /docs. */
export const guides = {
  install: {
    title: 'Send your results',
    lead: 'From a CI job or your own machine, with lines to paste.',
  },
  formats: {
    title: 'Formats',
    lead: 'What is taken of JUnit XML, CTRF and go test, and how it is read.',
  },
  api: { title: 'API', lead: 'Every request, every field, every answer.' },
  operations: {
    title: 'Operations',
    lead: 'People, failures, room on the disk, copies: what to do, and what becomes of the data.',
  },
  storage: {
    title: 'Storage',
    lead: 'What lies on the disk, to the byte, readable without this program.',
  },
} as const satisfies Record<string, Omit<Guide, 'name'>>;

export type GuideName = keyof typeof guides;

/** Files of docs/ that are shown as pages. */
export const handbooks = ['formats', 'operations', 'storage'] as const;

const named = (names: readonly GuideName[]): Guide[] =>
  names.map((name) => ({ name, ...guides[name] }));

const meanings: Guide[] = Object.entries(docPages).map(([name, { title, lead }]) => ({
  name,
  title,
  lead: lead.split(/(?<=\.) /)[0]!,
}));

/** Everything below /docs, in the order in which it is read. */
export const contents: { title: string; pages: Guide[] }[] = [
  { title: 'Getting results in', pages: named(['install', 'formats', 'api']) },
  { title: 'What the numbers mean', pages: meanings },
  { title: 'Running it', pages: named(['operations', 'storage']) },
];
