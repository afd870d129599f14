import assert from 'node:assert/strict';
import { makePerson } from '../helpers/sign-in.ts';
import { type Page, shown, Visitor } from '../helpers/visitor.ts';
import { accepted, type Bench, type Row } from './bench.ts';

const password = 'a few plain words';
const visit = (bench: Bench, cookie = ''): Visitor => {
  bench.clock.advance(bench.paceMs);
  return new Visitor(bench.url, cookie);
};

/** Somebody of the first workspace who has signed in. */
const member = async (bench: Bench, more: object = {}): Promise<Visitor> =>
  visit(bench, await bench.appliance.signIn({ nowMs: bench.clock.now(), ...more }));

const person = (bench: Bench, login: string) =>
  makePerson(bench.appliance.store, { login, password, nowMs: bench.clock.now() });

/** A person who made their own account by an invitation, with what they chose. */
async function join(bench: Bench, login: string, chosen = password): Promise<Page> {
  const by = { kind: 'operator', id: null, name: 'test', address: null } as const;
  const invitation = { workspaceId: 1, role: 'viewer', note: '' } as const;
  const { accounts } = bench.appliance.store;
  const { token } = await accounts.createInvitation(invitation, by, bench.clock.now());
  const fields = { token, name: '', login, password: chosen, repeat: chosen };
  return visit(bench).send('/join', fields);
}

/** Bounded work for whatever the query says: a page, or a refusal. */
async function pages(bench: Bench, queries: [query: string, status: number][]): Promise<void> {
  const visitor = await member(bench);
  const { id } = accepted(await bench.post(bench.oneCase()));
  for (const [query, status] of queries) {
    const { status: found } = await visitor.open(`/r/acme/web/-/runs/${id}?${query}`);
    assert.equal(found, status, query.slice(0, 60));
  }
}

export const people: Row[] = [
  {
    number: 88,
    input: '?page=-1, 1e9, abc, a list',
    expected: '200 with an empty page, or 400; bounded work',
    test: (bench) =>
      pages(bench, [
        ['page=-1', 400],
        ['page=1e9', 200],
        ['page=abc', 400],
        ['page=1&page=2', 400],
        ['page[]=1', 200],
        ['page=9999999999999999999', 400],
      ]),
  },
  {
    number: 89,
    input: '?sort=…;drop, ?sort=__proto__',
    expected: '400',
    test: async (bench) => {
      const visitor = await member(bench);
      accepted(await bench.post(bench.oneCase()));
      for (const list of ['/', '/r/acme/web/-/tests', '/r/acme/web/-/suites']) {
        for (const sort of ['name;drop', '__proto__', 'constructor', "name'--", 'NAME']) {
          const { status } = await visitor.open(`${list}?sort=${sort}`);
          assert.equal(status, 400, `${list} ${sort}`);
        }
      }
    },
  },
  {
    number: 90,
    input: 'a search for ", *, NEAR(, %_, of 10 kB',
    expected: '200 with literal hits or none',
    test: (bench) =>
      pages(bench, [
        ['q=%22', 200],
        ['q=*', 200],
        ['q=NEAR(', 200],
        ['q=%25_', 200],
        [`q=${'x'.repeat(10_000)}`, 200],
      ]),
  },
  {
    number: 91,
    input: 'ids of another workspace, a literal :id, a malformed uuid',
    expected: '404',
    test: async (bench) => {
      const { id } = accepted(await bench.post(bench.oneCase()));
      const { store } = bench.appliance;
      const workspaceId = await store.createWorkspace('Elsewhere', bench.clock.now());
      const stranger = await member(bench, { workspaceId });
      for (const path of ['/r/acme/web', `/r/acme/web/-/runs/${id}`]) {
        assert.equal((await stranger.open(path)).status, 404, path);
      }
      const visitor = await member(bench);
      for (const wrong of [':id', '%3Aid', id.slice(1), `${id}0`, id.toUpperCase(), '*']) {
        const { status } = await visitor.open(`/r/acme/web/-/runs/${wrong}`);
        assert.ok(status === 404 || wrong === id.toUpperCase(), `${wrong}: ${status}`);
      }
    },
  },
  {
    number: 92,
    input: '?next=//evil, /\\evil, https:evil, %09//evil',
    expected: 'to /',
    test: async (bench) => {
      await person(bench, 'next');
      for (const next of ['//evil', '/\\evil', 'https:evil', '\t//evil', '///evil', '/\t/evil']) {
        const visitor = visit(bench);
        const done = await visitor.send('/login', { login: 'next', password, next });
        assert.deepEqual([done.status, done.location], [303, '/'], next);
        const again = await visitor.open(`/login?next=${encodeURIComponent(next)}`);
        assert.deepEqual([again.status, again.location], [303, '/'], next);
      }
    },
  },
  {
    number: 93,
    input: 'a form that does not say where it comes from, from another origin, cross-site',
    expected: '403',
    test: async (bench) => {
      const visitor = await member(bench);
      const name = { name: 'Evil' };
      const path = '/settings/account/name';
      for (const headers of [
        { origin: '' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `${bench.url}.evil.example` },
        { origin: '', 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const { status } = await visitor.send(path, name, headers as Record<string, string>);
        assert.equal(status, 403, JSON.stringify(headers));
      }
      assert.doesNotMatch(shown(await visitor.open('/settings/account')), /Evil/);
      const own = await visitor.send(path, name, { origin: '', 'sec-fetch-site': 'same-origin' });
      assert.equal(own.status, 303);
    },
  },
  {
    number: 94,
    input: 'a session cookie of before the login',
    expected: 'replaced at login',
    test: async (bench) => {
      await person(bench, 'fixed');
      const planted = await member(bench);
      const victim = visit(bench, planted.cookie);
      await victim.signIn('fixed', password);
      assert.notEqual(victim.cookie, planted.cookie);
      assert.match(shown(await victim.open('/settings/account')), /<bdi>fixed<\/bdi>/);
      assert.equal((await planted.open('/settings/account')).status, 303, 'and it has ended');
    },
  },
  {
    number: 95,
    input: 'a cookie tampered with, of 8 kB, 100 cookies, expired, after logout',
    expected: 'anonymous, so that the page leads to the login',
    test: async (bench) => {
      const { cookie } = await member(bench);
      const out = async (changed: string, headers = {}) => {
        const page = await visit(bench, changed).open('/settings/account', headers);
        assert.deepEqual(
          [page.status, page.location],
          [303, '/login?next=%2Fsettings%2Faccount'],
          changed.slice(0, 60),
        );
      };
      await out(`${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`);
      await out(cookie.toUpperCase());
      await out(`${cookie}A`);
      await out(`qp=${'A'.repeat(8_000)}`);
      await out('qp=');
      await out(`qp=' OR 1=1 --`);
      await out(Array.from({ length: 100 }, (_, i) => `c${i}=x`).join('; '));
      shown(await visit(bench, `a=b; ${cookie}; c=d`).open('/settings/account'));
      const leaving = visit(bench, cookie);
      await leaving.send('/logout', {});
      await out(cookie);
    },
  },
  {
    number: 96,
    input: 'passwords of 1 and 129 characters, unicode, NUL, well-known ones',
    expected: '8 to 128 as they are',
    test: async (bench) => {
      for (const bad of [
        'x',
        'seven77',
        'y4'.repeat(65),
        '12345678',
        'password1',
        'qwertyuiop',
        'aaaaaaaa',
        '1qaz2wsx',
        'Maverick',
      ]) {
        const { status, html } = await join(bench, 'pass', bad);
        assert.equal(status, 400, bad);
        assert.match(html, /id="password-problem"/);
      }
      const good = [
        'пароль из слов',
        'nul \0 inside it',
        ' eight ok ',
        Array.from({ length: 32 }, (_, i) => `w${i + 100}`).join(''),
        `${'🔑'.repeat(7)}🚪`,
      ];
      for (const [i, one] of good.entries()) {
        assert.equal((await join(bench, `pass-${i}`, one)).status, 303, one);
        assert.equal((await visit(bench).signIn(`pass-${i}`, one)).status, 303, one);
        const cut = [...one].slice(0, -1).join('');
        assert.equal((await visit(bench).signIn(`pass-${i}`, cut)).status, 401, 'nothing is cut');
      }
    },
  },
  {
    number: 97,
    input: 'user names that differ by case, NFKC, spaces, homoglyphs',
    expected: 'one account per folded name; what only looks the same is refused',
    test: async (bench) => {
      assert.equal((await join(bench, 'Marie')).status, 303);
      for (const same of ['marie', 'MARIE', ' marie ', '\uff2darie', 'm\u0430rie', 'ma rie']) {
        const { status, html } = await join(bench, same);
        assert.equal(status, 400, same);
        assert.match(html, /id="login-problem"/);
      }
      assert.equal((await visit(bench).signIn('\uff2dARIE ', password)).status, 303);
    },
  },
  {
    number: 98,
    input: 'a workspace named <img onerror>, of 10 kB, empty',
    expected: 'shown as text, up to 100',
    test: async (bench) => {
      const { accounts } = bench.appliance.store;
      const by = { kind: 'operator', id: null, name: 'test', address: null } as const;
      const token = await accounts.createSetupLink(by, bench.clock.now());
      const fields = { token, name: '', login: 'boss', password, repeat: password };
      const visitor = visit(bench);
      for (const workspace of ['', ' \t', 'x'.repeat(101), 'x'.repeat(10_000)]) {
        const { status, html } = await visitor.send('/setup', { ...fields, workspace });
        assert.equal(status, 400, `${workspace.length}`);
        assert.match(html, /id="workspace-problem"/);
      }
      const workspace = '<img src=x onerror=alert(1)>';
      assert.equal((await visitor.send('/setup', { ...fields, workspace })).status, 303);
      const html = shown(await visitor.open('/settings/keys'));
      assert.match(html, /<bdi>&lt;img src=x onerror=alert\(1\)&gt;<\/bdi>/);
      assert.doesNotMatch(html, /<img/);
    },
  },
  {
    number: 99,
    input: 'a link with javascript: or data:',
    expected: 'only http and https are kept',
    test: async (bench) => {
      const visitor = await member(bench);
      for (const runUrl of ['javascript:alert(1)', 'data:text/html,x', 'JaVaScRiPt:alert(1)']) {
        const answer = await bench.post(bench.run({ runUrl }));
        if (answer.status === 400) continue;
        const html = shown(await visitor.open(`/r/acme/web/-/runs/${accepted(answer).id}`));
        assert.doesNotMatch(html, /(?:href|src)="(?:javascript|data):/i);
      }
    },
  },
];
