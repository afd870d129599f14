import type { Handler } from '../context.ts';
import { clustersPage } from './docs/clusters.ts';
import type { DocPage } from './docs/doc-page.ts';
import { durationsPage } from './docs/durations.ts';
import { flakinessPage } from './docs/flakiness.ts';
import { gradesPage } from './docs/grades.ts';
import { regressionsPage } from './docs/regressions.ts';
import { sendPage } from './parts/send-page.ts';

/** The pages that tell what the numbers mean, by their names below /docs. */
export const docPages: Record<string, DocPage> = {
  grades: gradesPage,
  flakiness: flakinessPage,
  regressions: regressionsPage,
  durations: durationsPage,
  clusters: clustersPage,
};

const others = Object.entries(docPages).map(([name, { title }]) => ({ name, title }));

/** GET /docs/<name> */
export const docsPage =
  (name: string): Handler =>
  (ctx, web) =>
    sendPage(ctx, web, 'docs', { ...docPages[name]!, name, others });
