import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { limits } from '../../src/limits.ts';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { makePerson } from '../helpers/sign-in.ts';

const place = { address: '192.0.2.1', agent: 'test' };

describe('accounts in the store', () => {
  let appliance: Appliance;
  let accounts: Appliance['store']['accounts'];
  before(async () => {
    appliance = await openAppliance();
    accounts = appliance.store.accounts;
  });
  after(() => appliance.close());
  const file = () => new Database(join(appliance.folder, 'qualitypilot.db'));
  const userOf = async (login: string) => (await accounts.findUser(login))!;

  it('the audit log cannot be changed, not even by who holds the file', async () => {
    const db = file();
    try {
      assert.throws(() => db.exec(`UPDATE audit SET actor = 'nobody'`), /append only/);
      assert.throws(() => db.exec('DELETE FROM audit'), /append only/);
    } finally {
      db.close();
    }
  });

  it('what an act changed and what the log says of it are one transaction', async () => {
    const scope = { workspaceId: 1, withAppliance: true };
    const count = async () => (await accounts.listAudit(scope, 200, null)).items.length;
    const before = await count();
    await assert.rejects(accounts.setRepoPublic(1, 'no/such', true, theOperator, 0), {
      code: 'not_found',
    });
    await assert.rejects(accounts.createReset('nobody', theOperator, 0), { code: 'not_found' });
    await assert.rejects(accounts.setRole(1, 999, 'admin', theOperator, 0), { code: 'not_found' });
    assert.equal(await count(), before);
  });

  it('no token and no password lies in the folder', async () => {
    const now = Date.now();
    const secrets = [appliance.key, appliance.app.firstStart!.setupToken];
    await makePerson(appliance.store, { login: 'ada', password: 'a few plain words' });
    secrets.push('a few plain words');
    const invitation = { workspaceId: 1, role: 'viewer', note: 'x' } as const;
    secrets.push((await accounts.createInvitation(invitation, theOperator, now)).token);
    secrets.push(await accounts.createReset('ada', theOperator, now));
    secrets.push(await accounts.createSetupLink(theOperator, now));
    secrets.push(await accounts.beginSession(await userOf('ada'), place, null, now));
    for (const name of readdirSync(appliance.folder)) {
      if (!name.startsWith('qualitypilot.db')) continue;
      const bytes = readFileSync(join(appliance.folder, name)).toString('latin1');
      for (const secret of secrets) assert.ok(!bytes.includes(secret), `${name}: ${secret}`);
    }
  });

  it('a password that was changed while it was checked lets nobody in', async () => {
    await makePerson(appliance.store, { login: 'grace' });
    const before = await userOf('grace');
    const session = await accounts.beginSession(before, place, null, Date.now());
    const { principal } = (await accounts.findSession(session, Date.now()))!;
    await accounts.changePassword(before.id, 'other', principal.sessionId, theOperator, Date.now());
    await assert.rejects(accounts.beginSession(before, place, null, Date.now()), {
      code: 'unauthorized',
    });
    assert.ok(await accounts.findSession(session, Date.now()), 'the one that asked stays');
  });

  it('a user has so many sessions and no more, the oldest leave', async () => {
    await makePerson(appliance.store, { login: 'many' });
    const user = await userOf('many');
    const now = Date.now();
    const tokens: string[] = [];
    for (let i = 0; i <= limits.sessionsPerUser.value; i++) {
      tokens.push(await accounts.beginSession(user, place, null, now));
    }
    assert.equal(await accounts.findSession(tokens[0]!, now), null);
    assert.ok(await accounts.findSession(tokens[1]!, now));
    const later = now + limits.sessionMs.value;
    await accounts.beginSession(user, place, null, later);
    const db = file();
    const left = db.prepare('SELECT count(*) FROM sessions WHERE user_id = ?').pluck().get(user.id);
    db.close();
    assert.equal(left, 1, 'what has ended is deleted with the next sign-in');
  });

  it('the name of a removed account is free again, and its deeds stay told', async () => {
    await makePerson(appliance.store, { login: 'eve' });
    await accounts.removeUser('EVE', theOperator, Date.now());
    assert.equal(await accounts.findUser('eve'), null);
    await makePerson(appliance.store, { login: 'eve' });
    await assert.rejects(makePerson(appliance.store, { login: 'Eve' }), { code: 'conflict' });
    const { items } = await accounts.listAudit({ workspaceId: 1, withAppliance: false }, 200, null);
    assert.equal(items.filter(({ subject }) => subject.startsWith('eve:')).length, 2);
  });

  it('an invitation refused for its name is not used up', async () => {
    const invitation = { workspaceId: 1, role: 'viewer', note: '' } as const;
    const { token } = await accounts.createInvitation(invitation, theOperator, Date.now());
    const user = { login: 'ADA', name: 'x', passwordHash: 'none' };
    await assert.rejects(accounts.joinAnew(token, user, '', Date.now()), { code: 'conflict' });
    assert.ok(await accounts.findInvitation(token, Date.now()));
  });
});
