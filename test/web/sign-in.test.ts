import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { limits } from '../../src/limits.ts';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { MovableClock } from '../helpers/movable-clock.ts';
import { makePerson } from '../helpers/sign-in.ts';
import { shown, Visitor } from '../helpers/visitor.ts';

const password = 'a few plain words';
const hour = 3_600_000;

describe('the set-up link', () => {
  let appliance: Appliance;
  let token: string;
  let visitor: Visitor;
  before(async () => {
    appliance = await openAppliance();
    token = appliance.app.firstStart!.setupToken;
    visitor = new Visitor(appliance.url);
  });
  after(() => appliance.close());

  const fields = (more: Record<string, string> = {}) => ({
    token,
    workspace: 'Acme',
    name: 'Ada Lovelace',
    login: 'Ada',
    password,
    repeat: password,
    ...more,
  });

  it('before it is used nobody can sign in, and the page says how to begin', async () => {
    assert.match(shown(await visitor.open('/login')), /Nobody can sign in yet[\s\S]*setup-link/);
    const { status, location } = await visitor.open('/');
    assert.deepEqual([status, location], [303, '/login']);
  });
  it('opens a form with the name of the workspace', async () => {
    const html = shown(await visitor.open(`/setup?token=${token}`));
    assert.match(html, /name="workspace" type="text" value="Workspace" required maxlength="100"/);
  });
  it('refuses a form that another site sent', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const answer = await visitor.send('/setup', fields(), headers as Record<string, string>);
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.match(answer.html, /another site/);
    }
  });
  it('tells beside each field what is wrong, keeps what was typed, and no password', async () => {
    const { status, html } = await visitor.send(
      '/setup',
      fields({ workspace: ' \t ', login: 'a b', password: 'short', repeat: 'x' }),
    );
    assert.equal(status, 400);
    assert.match(html, /id="workspace-problem">[\s\S]{1,60}Give the workspace a name/);
    assert.match(html, /value="a b"[^>]*aria-describedby="login-problem" aria-invalid="true"/);
    assert.match(html, /id="password-problem">[\s\S]{1,60}at least 8 characters/);
    assert.match(html, /value="Ada Lovelace"/);
    assert.doesNotMatch(html, /short/);
    const twice = await visitor.send('/setup', fields({ repeat: 'another one' }));
    assert.match(twice.html, /id="repeat-problem">[\s\S]{1,60}The two are not the same/);
  });
  it('refuses what is no form', async () => {
    const headers = { accept: 'text/html', 'content-type': 'application/json' };
    const json = await fetch(`${appliance.url}/setup`, { method: 'POST', headers, body: '{}' });
    assert.equal(json.status, 415);
    assert.equal((await visitor.send('/setup', fields({ name: 'x'.repeat(20_000) }))).status, 413);
  });
  it('makes the administrator, signs them in and names the workspace, once', async () => {
    const done = await visitor.send('/setup', fields({ workspace: ' Acme  <b>Tests</b> ' }));
    assert.deepEqual([done.status, done.location], [303, '/']);
    assert.match(shown(await visitor.open('/')), /Post the first run/);
    assert.match(shown(await visitor.open('/settings/members')), /Acme &lt;b&gt;Tests&lt;\/b&gt;/);
    const again = await new Visitor(appliance.url).send('/setup', fields({ login: 'eve' }));
    assert.equal(again.status, 404);
    assert.match((await visitor.open(`/setup?token=${token}`)).html, /This link is used up/);
    const [admin, ...others] = await appliance.store.accounts.listUsers();
    assert.deepEqual([admin!.login, admin!.isInstanceAdmin, others], ['Ada', true, []]);
  });
  it('says the same for a link that never was one', async () => {
    for (const query of ['', '?token=x', '?token=a&token=b', `?token=${'x'.repeat(3000)}`]) {
      assert.equal((await visitor.open(`/setup${query}`)).status, 404, query);
    }
  });
  it('a later one makes another administrator, because it is the way back in', async () => {
    const made = await appliance.store.accounts.createSetupLink(theOperator, Date.now());
    const other = new Visitor(appliance.url);
    const taken = await other.send('/setup', fields({ token: made, login: 'ADA' }));
    assert.equal(taken.status, 400);
    assert.match(taken.html, /id="login-problem">[\s\S]{1,60}is taken/);
    const done = await other.send('/setup', fields({ token: made, login: 'grace' }));
    assert.equal(done.status, 303, 'a taken name did not use the link up');
    assert.match(shown(await other.open('/settings/members')), /administrator/);
  });
});

describe('signing in', () => {
  const clock = new MovableClock();
  let appliance: Appliance;
  const person = (login: string, more = {}) =>
    makePerson(appliance.store, { login, password, nowMs: clock.now(), ...more });
  before(async () => {
    appliance = await openAppliance({ app: { clock } });
    await person('ada');
  });
  after(() => appliance.close());
  const visit = (cookie = '') => new Visitor(appliance.url, cookie);
  const isIn = async (visitor: Visitor) => (await visitor.open('/settings/account')).status === 200;

  it('leads back to the page that asked for it', async () => {
    const visitor = visit();
    const asked = await visitor.open('/settings/audit?cursor=7');
    const login = '/login?next=%2Fsettings%2Faudit%3Fcursor%3D7';
    assert.deepEqual([asked.status, asked.location], [303, login]);
    assert.match(
      shown(await visitor.open(login)),
      /name="next" value="\/settings\/audit\?cursor=7"/,
    );
    const next = '/settings/audit?cursor=7';
    const done = await visitor.send('/login', { login: 'ada', password, next });
    assert.deepEqual([done.status, done.location], [303, next]);
    shown(await visitor.open(next));
    assert.equal((await visitor.open(login)).location, next, 'who is in goes straight on');
  });
  it('asks programs for a key instead of sending them to a form', async () => {
    const answer = await fetch(`${appliance.url}/settings/keys`);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  });
  it('takes the name in any case, and the password only as it is', async () => {
    assert.equal((await visit().signIn(' ADA ', password)).status, 303);
    for (const wrong of [password.toUpperCase(), `${password} `, password.slice(0, -1), '']) {
      const answer = await visit().signIn('ada', wrong);
      assert.equal(answer.status, 401, wrong);
    }
  });
  it('says the same of a wrong name and a wrong password, because names are worth something', async () => {
    const text = async (login: string) =>
      (await visit().signIn(login, 'wrong')).html.replaceAll(login, 'NAME');
    assert.equal(await text('nobody'), await text('ada'));
  });
  it('sets a cookie that no script reads and no other site sends', async () => {
    const { setCookies } = await visit().signIn('ada', password);
    assert.equal(setCookies.length, 1);
    assert.match(setCookies[0]!, /^qp=[\w-]{32}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/);
  });
  it('gives a new token each time and ends the one that came along, because it may be planted', async () => {
    const visitor = visit();
    await visitor.signIn('ada', password);
    const first = visitor.cookie;
    await visitor.signIn('ada', password);
    assert.notEqual(visitor.cookie, first);
    assert.equal(await isIn(visit(first)), false);
    const planted = visit('qp=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    await planted.signIn('ada', password);
    assert.notEqual(planted.cookie, 'qp=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  });
  it('ends by signing out, also for who copied the cookie', async () => {
    const visitor = visit();
    await visitor.signIn('ada', password);
    const copy = visit(visitor.cookie);
    const out = await visitor.send('/logout', {});
    assert.deepEqual([out.status, out.location, visitor.cookie], [303, '/login', '']);
    assert.equal(await isIn(copy), false);
  });
  it('ends after twelve hours without a visit, and seven days with', async () => {
    const idle = visit();
    await idle.signIn('ada', password);
    clock.advance(limits.sessionIdleMs.value - 1);
    assert.equal(await isIn(idle), true);
    clock.advance(limits.sessionIdleMs.value);
    assert.equal(await isIn(idle), false);
    const busy = visit();
    await busy.signIn('ada', password);
    let hours = 0;
    for (; hours < 7 * 24 && (await isIn(busy)); hours += 8) clock.advance(8 * hour);
    assert.equal(hours, 7 * 24);
  });
  it('of a removed account ends at once', async () => {
    await person('gone');
    const visitor = visit();
    await visitor.signIn('gone', password);
    await appliance.store.accounts.removeUser('gone', theOperator, clock.now());
    assert.equal(await isIn(visitor), false);
    assert.equal((await visit().signIn('gone', password)).status, 401);
  });
  it('a clock that is put back makes no session longer', async () => {
    class TwoClocks extends MovableClock {
      back = 0;
      override now(): number {
        return super.now() - this.back;
      }
    }
    const both = new TwoClocks();
    const other = await openAppliance({ app: { clock: both } });
    try {
      const visitor = new Visitor(other.url, await other.signIn({ nowMs: both.now() }));
      assert.equal((await visitor.open('/settings/account')).status, 200);
      both.advance(7 * 24 * hour + 1);
      both.back = 7 * 24 * hour;
      assert.equal((await visitor.open('/settings/account')).status, 303);
    } finally {
      await other.close();
    }
  });
});

describe('over https', () => {
  it('the cookie is bound to the host and never sent in the clear', async () => {
    const port = await freePort();
    const settings = { baseUrl: 'https://quality.example', port: String(port) };
    const appliance = await openAppliance({ settings });
    const url = `http://127.0.0.1:${port}`;
    try {
      await makePerson(appliance.store, { login: 'ada', password });
      const visitor = new Visitor(url);
      const { setCookies } = await visitor.signIn('ada', password);
      assert.match(setCookies[0]!, /^__Host-qp=[\w-]{32}; Path=\/; .*; SameSite=Lax; Secure$/);
      shown(await visitor.open('/settings/account'));
      const plain = new Visitor(url, visitor.cookie.replace('__Host-qp', 'qp'));
      assert.equal((await plain.open('/settings/account')).status, 303);
    } finally {
      await appliance.close();
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('my account', () => {
  let appliance: Appliance;
  let visitor: Visitor;
  before(async () => {
    appliance = await openAppliance();
    await makePerson(appliance.store, { login: 'ada', password });
    visitor = new Visitor(appliance.url);
    await visitor.signIn('ada', password);
  });
  after(() => appliance.close());
  const change = (current: string, next: string) =>
    visitor.send('/settings/account/password', { current, password: next, repeat: next });

  it('the password changes only with the old one, and all other sessions end', async () => {
    const other = new Visitor(appliance.url);
    await other.signIn('ada', password);
    const wrong = await change('something else', 'other plain words');
    assert.equal(wrong.status, 400);
    assert.match(wrong.html, /id="current-problem">[\s\S]{1,60}not your password/);
    const former = visitor.cookie;
    assert.equal((await change(password, 'other plain words')).status, 303);
    shown(await visitor.open('/settings/account'));
    assert.notEqual(visitor.cookie, former, 'its token is a new one, too');
    assert.equal((await other.open('/settings/account')).status, 303);
    assert.equal((await new Visitor(appliance.url).signIn('ada', password)).status, 401);
  });
  it('sessions are listed with browser and address, and are ended one by one or all', async () => {
    const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const others = [new Visitor(appliance.url), new Visitor(appliance.url)];
    for (const other of others) {
      const form = { login: 'ada', password: 'other plain words' };
      await other.send('/login', form, { 'user-agent': agent });
    }
    const html = shown(await visitor.open('/settings/account'));
    assert.match(html, /Firefox on Linux[\s\S]*127\.0\.0\.1/);
    const ids = [...html.matchAll(/name="id" value="(\d+)"/g)].map(([, id]) => id!);
    assert.equal(ids.length, 2, 'the own one is ended by signing out');
    await visitor.send('/settings/account/sessions', { id: ids[0]! });
    assert.equal((await others[1]!.open('/settings/account')).status, 303, 'newest first');
    await visitor.send('/settings/account/sessions', { id: 'others' });
    assert.equal((await others[0]!.open('/settings/account')).status, 303);
    shown(await visitor.open('/settings/account'));
  });
  it('nobody ends the session of another one', async () => {
    const cookie = await appliance.signIn({ role: 'admin' });
    const stranger = new Visitor(appliance.url, cookie);
    for (let id = 1; id < 12; id++) {
      await stranger.send('/settings/account/sessions', { id: String(id) });
    }
    shown(await visitor.open('/settings/account'));
  });
  it('the name is what others see', async () => {
    await visitor.send('/settings/account/name', { name: ' Ada  Lovelace ' });
    assert.match(shown(await visitor.open('/')), /<bdi>Ada Lovelace<\/bdi>/);
    const empty = await visitor.send('/settings/account/name', { name: ' ' });
    assert.match(empty.html, /id="name-problem"/);
  });
});

describe('a link for a new password', () => {
  let appliance: Appliance;
  before(async () => {
    appliance = await openAppliance();
    await makePerson(appliance.store, { login: 'ada', password });
  });
  after(() => appliance.close());
  const make = (nowMs = Date.now()) =>
    appliance.store.accounts.createReset('ADA', theOperator, nowMs);
  const words = 'quite other words';
  const use = (visitor: Visitor, token: string) =>
    visitor.send('/reset', { token, password: words, repeat: words });

  it('sets it, signs in, and ends what was open', async () => {
    const before = new Visitor(appliance.url);
    await before.signIn('ada', password);
    const token = await make();
    const visitor = new Visitor(appliance.url);
    assert.match(shown(await visitor.open(`/reset?token=${token}`)), /A new password/);
    assert.equal((await use(visitor, token)).status, 303);
    shown(await visitor.open('/settings/account'));
    assert.equal((await before.open('/settings/account')).status, 303);
    assert.equal((await new Visitor(appliance.url).signIn('ada', words)).status, 303);
  });
  it('works once, for a day, and only the newest one', async () => {
    const [first, second] = [await make(), await make()];
    const visitor = new Visitor(appliance.url);
    assert.equal((await use(visitor, first)).status, 404);
    assert.equal((await use(visitor, second)).status, 303);
    assert.equal((await use(visitor, second)).status, 404);
    const old = await make(Date.now() - limits.resetLinkMs.value);
    assert.equal((await use(visitor, old)).status, 404);
    assert.match((await visitor.open(`/reset?token=${old}`)).html, /This link is used up/);
  });
  it('asks again for a password that cannot be one', async () => {
    const token = await make();
    const visitor = new Visitor(appliance.url);
    const fields = { token, password: 'adaadaada', repeat: 'adaadaada' };
    const { status, html } = await visitor.send('/reset', fields);
    assert.equal(status, 400);
    assert.match(html, /id="password-problem"/);
  });
});
