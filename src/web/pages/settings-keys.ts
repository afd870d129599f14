import { createKey, listKeys, revokeKey } from '../../actions/keys.ts';
import { type Scope, scopes } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import type { KeyFacts, MadeKey } from '../../store/keys.ts';
import { actorOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { type Form, readForm } from '../middleware/form.ts';
import { backTo, sendSettings, settingsOf } from './parts/settings.ts';

/** What each scope is for, beside its box. */
const scopeWords: Record<Scope, string> = {
  ingest: 'post runs',
  read: 'read what is known',
  act: 'gate, tickets, quarantine',
  admin: 'manage keys and members',
};

type Fields = { name: string; scopes: readonly string[]; repos: string; expires: string };
const empty: Fields = { name: '', scopes: ['ingest', 'read'], repos: '', expires: '' };

/** GET /settings/keys — the keys of the workspace, and a form that makes one. */
export const keysPage = (ctx: Ctx, web: Web): Promise<void> => send(ctx, web, {});

/** POST /settings/keys — makes a key and shows it, this once. */
export async function makeKey(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const { workspaceId } = settingsOf(ctx, form('workspace'));
  const fields = readFields(form);
  try {
    const request = { ...requestOf(fields), workspaceId };
    const made = await createKey(web, request, actorOf(ctx, web));
    await send(ctx, web, { made }, form('workspace'));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid_body') throw error;
    ctx.status = 400;
    const field = (error.path ?? '').replace(/[[.].*/, '').replace('expiresAt', 'expires');
    const problems = { [field]: sentences[field] ?? error.message };
    await send(ctx, web, { fields, problems }, form('workspace'));
  }
}

/** POST /settings/keys/revoke */
export async function stopKey(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const place = settingsOf(ctx, form('workspace'));
  const id = /^\d{1,15}$/.test(form('id')) ? Number(form('id')) : -1;
  await revokeKey(web, id, place.workspaceId, actorOf(ctx, web));
  backTo(ctx, 'keys', place);
}

const sentences: Record<string, string> = {
  name: 'Say in at most 100 characters what the key is for.',
  scopes: 'Choose at least one.',
  repos: 'Write patterns such as acme/web or acme/*, separated by spaces.',
  expires: 'Choose a day to come.',
};

const readFields = (form: Form): Fields => ({
  name: form('name'),
  scopes: scopes.filter((scope) => form(`scope-${scope}`) !== ''),
  repos: form('repos'),
  expires: form('expires'),
});

/** The last second of the day that was chosen. */
function requestOf({ expires, repos, ...fields }: Fields) {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(expires);
  const words = repos.split(/[\s,]+/).filter((word) => word !== '');
  const expiresAt = expires === '' ? null : isDay ? `${expires}T23:59:59Z` : expires;
  return { ...fields, repos: words, expiresAt };
}

type Shown = { made?: MadeKey; fields?: Fields; problems?: Record<string, string> };

async function send(
  ctx: Ctx,
  web: Web,
  { made, fields = empty, problems = {} }: Shown,
  asked?: string,
): Promise<void> {
  const place = settingsOf(ctx, asked ?? ctx.query.workspace);
  const keys = await listKeys(web, place.workspaceId);
  const nowMs = web.clock.now();
  await sendSettings(ctx, web, 'keys', place, {
    made: made ?? null,
    apiUrl: `${web.baseUrl()}/api/v1/test-runs`,
    fields,
    problems,
    scopes: scopes.map((scope) => ({
      scope,
      about: scopeWords[scope],
      isChecked: fields.scopes.includes(scope),
    })),
    live: keys.filter((key) => isLive(key, nowMs)),
    over: keys.filter((key) => !isLive(key, nowMs)),
  });
}

const isLive = ({ revokedAtMs, expiresAtMs }: KeyFacts, nowMs: number): boolean =>
  revokedAtMs === null && (expiresAtMs === null || expiresAtMs > nowMs);
