import { invite } from '../../actions/accounts/links.ts';
import { type Role, roles } from '../../domain/principal.ts';
import { tidyName } from '../../domain/text.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { actorOf, personOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { type Form, readForm } from '../middleware/form.ts';
import { backTo, sendSettings, settingsOf } from './parts/settings.ts';

/** What each role may, beside its name. */
const roleWords: Record<Role, string> = {
  viewer: 'sees everything',
  member: 'also gates, tickets and quarantine',
  admin: 'also keys, members and repos',
};

/** GET /settings/members — who is in the workspace, who is invited, and a form that invites. */
export const membersPage = (ctx: Ctx, web: Web): Promise<void> => send(ctx, web, {});

/** POST /settings/members — makes an invitation and shows its link, this once. */
export async function inviteMember(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const { workspaceId } = settingsOf(ctx, form('workspace'));
  const note = tidyName(form('note')).slice(0, limits.personNameLength.value);
  const asked = form('workspace');
  try {
    const role = roleOf(form);
    const { path } = await invite(web, { workspaceId, role, note }, actorOf(ctx, web));
    await send(ctx, web, { link: { url: web.baseUrl() + path, note, role } }, asked);
  } catch (error) {
    await sendProblem(ctx, web, error, asked);
  }
}

/** POST /settings/members/role */
export const changeRole = change((form, ctx, web, workspaceId, id) =>
  web.store.accounts.setRole(workspaceId, id, roleOf(form), actorOf(ctx, web), web.clock.now()),
);

/** POST /settings/members/remove */
export const dropMember = change((_form, ctx, web, workspaceId, id) =>
  web.store.accounts.removeMember(workspaceId, id, actorOf(ctx, web), web.clock.now()),
);

/** POST /settings/members/withdraw */
export const withdrawInvitation = change((_form, ctx, web, workspaceId, id) =>
  web.store.accounts.withdrawInvitation(workspaceId, id, actorOf(ctx, web), web.clock.now()),
);

type Act = (form: Form, ctx: Ctx, web: Web, workspaceId: number, id: number) => Promise<void>;

/** A small form with a workspace and an id, that leads back to the page. */
function change(act: Act) {
  return async (ctx: Ctx, web: Web): Promise<void> => {
    const form = await readForm(ctx);
    const place = settingsOf(ctx, form('workspace'));
    const id = /^\d{1,15}$/.test(form('id')) ? Number(form('id')) : -1;
    try {
      await act(form, ctx, web, place.workspaceId, id);
    } catch (error) {
      return sendProblem(ctx, web, error, form('workspace'));
    }
    backTo(ctx, 'members', place);
  };
}

function roleOf(form: Form): Role {
  const role = roles.find((one) => one === form('role'));
  if (role === undefined) throw new AppError('bad_request', 'There is no such role.');
  return role;
}

/** What the workspace does not allow is told on the page; the rest is thrown on. */
function sendProblem(ctx: Ctx, web: Web, error: unknown, asked: string): Promise<void> {
  if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
  ctx.status = error.status;
  return send(ctx, web, { problem: error.message }, asked);
}

type Shown = { link?: { url: string; note: string; role: Role }; problem?: string };

async function send(ctx: Ctx, web: Web, shown: Shown, asked?: string): Promise<void> {
  const place = settingsOf(ctx, asked ?? ctx.query.workspace);
  const { accounts } = web.store;
  const [members, invitations] = await Promise.all([
    accounts.listMembers(place.workspaceId),
    accounts.listInvitations(place.workspaceId, web.clock.now()),
  ]);
  const { userId } = personOf(ctx);
  await sendSettings(ctx, web, 'members', place, {
    link: null,
    problem: null,
    ...shown,
    roles: roles.map((role) => ({ role, about: roleWords[role] })),
    members: members.map((member) => ({ ...member, isYou: member.id === userId })),
    invitations,
    longestNote: limits.personNameLength.value,
  });
}
