import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { limits } from '../../src/limits.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { makePerson } from '../helpers/sign-in.ts';
import { shown, Visitor } from '../helpers/visitor.ts';

const run = (repo: string) => ({ repo, summary: { total: 1, passed: 1, failed: 0 } });
const password = 'a few plain words';

describe('settings', () => {
  let appliance: Appliance;
  let admin: Visitor;
  before(async () => {
    appliance = await openAppliance();
    admin = new Visitor(appliance.url, await appliance.signIn({ login: 'ada' }));
    await appliance.post(run('acme/web'));
    await appliance.post(run('acme/api'));
  });
  after(() => appliance.close());
  const nobody = () => new Visitor(appliance.url);
  const tab = async (name: string) => shown(await admin.open(`/settings/${name}`));

  it('begin at the first page that somebody has', async () => {
    assert.equal((await admin.open('/settings')).location, '/settings/keys');
    const viewer = new Visitor(appliance.url, await appliance.signIn({ role: 'viewer' }));
    assert.equal((await viewer.open('/settings')).location, '/settings/account');
    const html = shown(await viewer.open('/settings/account'));
    assert.doesNotMatch(html, /href="\/settings\/keys"/, 'what is closed is not offered');
    assert.match(html, /Workspace<\/bdi> \(viewer\)/);
  });

  describe('keys', () => {
    const make = (fields: Record<string, string>) =>
      admin.send('/settings/keys', { name: 'ci', 'scope-ingest': '1', ...fields });
    const postWith = (key: string, repo: string) =>
      appliance.post(run(repo), { 'x-api-key': key }).then(({ status }) => status);

    it('a key is shown once, works where it may, and not after it is revoked', async () => {
      const html = shown(await make({ repos: 'acme/web, acme/a*' }));
      const [key] = /qlens_[0-9A-Za-z]{36}/.exec(html)!;
      assert.equal(await postWith(key, 'acme/api'), 202);
      assert.equal(await postWith(key, 'labs/web'), 403);
      const list = await tab('keys');
      assert.ok(!list.includes(key) && list.includes(`…${key.slice(-4)}`));
      const [, id] = /name="id" value="(\d+)"><button[^>]*aria-label="Revoke ci"/.exec(list)!;
      assert.equal((await admin.send('/settings/keys/revoke', { id: id! })).status, 303);
      assert.equal(await postWith(key, 'acme/api'), 401);
      assert.match(await tab('keys'), /1 key revoked or expired/);
    });
    it('what is wrong is told beside its field', async () => {
      for (const [fields, field] of [
        [{ name: ' ' }, 'name'],
        [{ 'scope-ingest': '' }, 'scopes'],
        [{ repos: '../x !' }, 'repos'],
        [{ expires: '2001-01-01' }, 'expires'],
        [{ expires: 'soon' }, 'expires'],
      ] as const) {
        const { status, html } = await make(fields);
        assert.equal(status, 400, field);
        assert.match(html, new RegExp(`id="${field}-problem"`));
        assert.doesNotMatch(html, /qlens_/);
      }
    });
  });

  describe('members', () => {
    const invite = async (role: string, note = '') => {
      const html = shown(await admin.send('/settings/members', { role, note }));
      return /\/join\?token=[\w-]{32}/.exec(html)![0];
    };
    const fields = (login: string) => ({ name: '', login, password, repeat: password });
    const join = (visitor: Visitor, link: string, more = {}) =>
      visitor.send('/join', { token: link.split('=')[1]!, ...more });

    it('an invitation makes one account with its role, once', async () => {
      const link = await invite('member', 'Grace of the web team');
      assert.match(await tab('members'), /Grace of the web team/);
      const grace = nobody();
      assert.match(shown(await grace.open(link)), /invites you as <strong>member<\/strong>/);
      assert.equal((await join(grace, link, fields('grace'))).status, 303);
      shown(await grace.open('/r/acme/web'));
      assert.equal((await grace.open('/settings/members')).status, 403);
      assert.equal((await join(nobody(), link, fields('eve'))).status, 404);
      assert.match((await nobody().open(link)).html, /This invitation is over/);
      assert.doesNotMatch(await tab('members'), /Grace of the web team/);
    });
    it('a taken name is told, and the invitation stays', async () => {
      const link = await invite('viewer');
      const taken = await join(nobody(), link, fields('GRACE'));
      assert.equal(taken.status, 400);
      assert.match(taken.html, /id="login-problem">[\s\S]{1,60}is taken/);
      assert.equal((await join(nobody(), link, fields('linus'))).status, 303);
    });
    it('who has an account joins with it, and no role is lowered', async () => {
      const workspaceId = await appliance.store.createWorkspace('Labs', Date.now());
      const cookie = await appliance.signIn({ workspaceId, role: 'viewer' });
      const visitor = new Visitor(appliance.url, cookie);
      assert.equal((await visitor.open('/r/acme/web')).status, 404);
      assert.equal((await join(visitor, await invite('member'))).status, 303);
      shown(await visitor.open('/r/acme/web'));
      await join(visitor, await invite('viewer'));
      await join(admin, await invite('viewer'));
      assert.match(await tab('members'), /<option selected>member<\/option>/);
    });
    it('a withdrawn invitation is over, and one expires after seven days', async () => {
      const link = await invite('viewer', 'nobody');
      const list = await tab('members');
      const [, id] = /value="(\d+)"><button[^>]*aria-label="Withdraw the invitation nobody"/.exec(
        list,
      )!;
      await admin.send('/settings/members/withdraw', { id: id! });
      assert.equal((await nobody().open(link)).status, 404);
      const { accounts } = appliance.store;
      const by = { kind: 'user', id: 1, name: 'ada', address: null } as const;
      const invitation = { workspaceId: 1, role: 'viewer', note: '' } as const;
      const longAgo = Date.now() - limits.invitationMs.value;
      const { token } = await accounts.createInvitation(invitation, by, longAgo);
      assert.equal((await nobody().open(`/join?token=${token}`)).status, 404);
    });
    it('a role changes and a member leaves at once', async () => {
      const id = String(
        await makePerson(appliance.store, { login: 'mia', role: 'viewer', password }),
      );
      const mia = nobody();
      await mia.signIn('mia', password);
      await admin.send('/settings/members/role', { id, role: 'admin' });
      shown(await mia.open('/settings/keys'));
      await admin.send('/settings/members/remove', { id });
      assert.equal((await mia.open('/settings/keys')).status, 403);
      assert.equal((await mia.open('/r/acme/web')).status, 404);
      assert.match(shown(await mia.open('/')), /You are in no workspace/);
    });
    it('the last admin stays one', async () => {
      const only = await openAppliance();
      try {
        const id = String(await makePerson(only.store, { login: 'only', password }));
        const visitor = new Visitor(only.url);
        await visitor.signIn('only', password);
        for (const [path, more] of [
          ['/settings/members/role', { role: 'viewer' }],
          ['/settings/members/remove', {}],
        ] as const) {
          const { status, html } = await visitor.send(path, { id, ...more });
          assert.equal(status, 409);
          assert.match(html, /keeps at least one admin/);
        }
        shown(await visitor.open('/settings/members'));
      } finally {
        await only.close();
      }
    });
    it('a role that is none is refused', async () => {
      const { status } = await admin.send('/settings/members', { role: 'king', note: '' });
      assert.equal(status, 400);
    });
  });

  describe('repos', () => {
    const show = (repo: string, isPublic: string) =>
      admin.send('/settings/repos', { repo, public: isPublic });

    it('a public repo and nothing else is seen by everybody, until it is private again', async () => {
      assert.equal((await nobody().open('/')).status, 303);
      assert.equal((await show('ACME/web', '1')).status, 303);
      const html = shown(await nobody().open('/'));
      assert.match(html, /acme\/web/);
      assert.doesNotMatch(html, /acme\/api/);
      assert.match(html, /<p class="sub">1 repo ·/, 'not even its number');
      assert.match(html, /<a href="\/login">Sign in<\/a>/);
      shown(await nobody().open('/r/acme/web'));
      const missing = await nobody().open('/r/acme/none');
      const hidden = await nobody().open('/r/acme/api');
      assert.deepEqual(
        [missing.status, missing.location, hidden.status, hidden.location],
        [303, '/login?next=%2Fr%2Facme%2Fnone', 303, '/login?next=%2Fr%2Facme%2Fapi'],
        'nobody learns which repos there are',
      );
      await show('acme/web', '0');
      assert.equal((await nobody().open('/r/acme/web')).status, 303);
    });
    it('a repo of another workspace is not there', async () => {
      assert.equal((await show('acme/none', '1')).status, 404);
    });
  });

  it('several workspaces are kept apart, and the page says which one it is', async () => {
    const workspaceId = await appliance.store.createWorkspace('Third', Date.now());
    const cookie = await appliance.signIn({ isInstanceAdmin: true });
    const visitor = new Visitor(appliance.url, cookie);
    const path = `/settings/repos?workspace=${workspaceId}`;
    const html = shown(await visitor.open(path));
    assert.match(html, /<bdi>Third<\/bdi>[\s\S]*No repos yet/);
    assert.ok(html.includes(`href="/settings/keys?workspace=${workspaceId}"`));
    const made = shown(
      await visitor.send('/settings/keys', {
        workspace: String(workspaceId),
        name: 'third',
        'scope-ingest': '1',
      }),
    );
    const [key] = /qlens_[0-9A-Za-z]{36}/.exec(made)!;
    assert.equal((await appliance.post(run('third/web'), { 'x-api-key': key })).status, 202);
    assert.match(shown(await visitor.open(path)), /third\/web/);
    assert.doesNotMatch(await tab('repos'), /third\/web/);
    assert.equal((await admin.open(path)).status, 404, 'to an admin of another one');
  });

  it('the audit log tells who did what from where, and nothing secret', async () => {
    const html = await tab('audit');
    for (const told of [
      /<bdi>ada<\/bdi>[\s\S]{1,200}made a repo public[\s\S]{1,80}acme\/web[\s\S]{1,80}127\.0\.0\.1/,
      /revoked an API key/,
      /changed a role[\s\S]{1,80}mia: admin/,
      /removed a member/,
      /joined/,
    ]) {
      assert.match(html, told);
    }
    assert.doesNotMatch(html, /signed in</, 'what concerns the whole appliance is not theirs');
    assert.doesNotMatch(html, /token=|qlens_/);
    const cookie = await appliance.signIn({ isInstanceAdmin: true });
    const visitor = new Visitor(appliance.url, cookie);
    for (let i = 0; i < limits.auditPerPage.value; i++) {
      await appliance.store.createWorkspace(`Nth ${i}`, Date.now());
      await visitor.send('/settings/account/name', { name: `Name ${i}` });
    }
    const first = shown(await visitor.open('/settings/audit'));
    assert.match(first, /changed a name/);
    const [, next] = /rel="next" href="([^"]+)"/.exec(first)!;
    assert.match(shown(await visitor.open(next!)), /← Newest/);
  });

  it('usage tells the plan and what is used up', async () => {
    assert.match(await tab('usage'), /class="plan">team<\/strong>/);
    await appliance.store.setPlan(1, { plan: 'free', monthlyCredits: 10_000 }, Date.now());
    assert.match(await tab('usage'), /aria-label="[^"]*used"/);
  });
});
