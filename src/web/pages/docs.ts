import type { Handler } from '../context.ts';
import { apiDocsPage } from './api-docs.ts';
import { contents, docPages, handbooks } from './docs/contents.ts';
import { handbookPage } from './docs/handbook.ts';
import { installPage } from './docs/install.ts';
import { sendPage } from './parts/send-page.ts';

/** GET /docs */
const contentsPage: Handler = (ctx, web) =>
  sendPage(ctx, web, 'docs-contents', { title: 'Documentation', contents });

/** GET /docs/<name> of what a number means. */
const meaningPage =
  (name: string): Handler =>
  (ctx, web) =>
    sendPage(ctx, web, 'docs', { ...docPages[name]!, name, contents });

/** The documentation by its paths. */
export const docRoutes: Record<string, Handler> = {
  '/docs': contentsPage,
  '/docs/install': installPage,
  '/docs/api': apiDocsPage,
  ...Object.fromEntries(handbooks.map((name) => [`/docs/${name}`, handbookPage(name)])),
  ...Object.fromEntries(Object.keys(docPages).map((name) => [`/docs/${name}`, meaningPage(name)])),
};
