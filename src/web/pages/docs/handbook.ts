import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resource } from '../../../resources.ts';
import type { Handler } from '../../context.ts';
import { markdown } from '../../markdown.ts';
import { sendPage } from '../parts/send-page.ts';
import { contents, type GuideName, guides, handbooks } from './contents.ts';

const made = new Map<string, string>();

/** A file of docs/ as HTML without its title, made when it is first asked for. */
function handbook(name: GuideName): string {
  const known = made.get(name);
  if (known !== undefined) return known;
  const text = readFileSync(join(resource('docs'), `${name}.md`), 'utf8');
  const html = markdown(text.replace(/^# .*\n/, ''), hrefOf);
  made.set(name, html);
  return html;
}

/** Pages of this appliance; what is told in other files of docs/ is not shown here. */
function hrefOf(target: string): string | null {
  const [, file, anchor = ''] = /^([\w-]+)\.md(#[\w-]+)?$/.exec(target) ?? [];
  if (file !== undefined) {
    return handbooks.some((name) => name === file) ? `/docs/${file}${anchor}` : null;
  }
  return /^(?:#|\/|https:)/.test(target) ? target : null;
}

/** GET /docs/<name> of a file in docs/. */
export const handbookPage =
  (name: (typeof handbooks)[number]): Handler =>
  (ctx, web) =>
    sendPage(ctx, web, 'handbook', { ...guides[name], name, contents, handbook: handbook(name) });
