import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { sizeFaults } from '../helpers/page-bounds.ts';
import { readPage as open } from '../helpers/read-page.ts';
import { decode, textOf } from '../helpers/visitor.ts';

const summary = (passed: number, failed = 0) => ({ total: passed + failed, passed, failed });

type Posted = { id: string; url: string };
async function post(appliance: Appliance, body: unknown): Promise<Posted> {
  const answer = await appliance.post(body);
  const json = await answer.json();
  assert.equal(answer.status, 202, JSON.stringify(json));
  return json as Posted;
}

describe('an empty appliance', () => {
  let appliance: Appliance;
  before(async () => {
    appliance = await openAppliance();
  });
  after(() => appliance.close());

  it('shows a command that posts the first run, because an empty state must say what to do', async () => {
    const cookie = await appliance.signIn();
    const { html } = await open(appliance.url, { cookie });
    const [, command] = /<pre[^>]*>(curl[\s\S]*?)<\/pre>/.exec(html)!;
    const line = decode(command!).replace('qlens_<your-key>', appliance.key);
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      line.replace('curl', 'curl -s --max-time 10'),
    ]);
    assert.equal(JSON.parse(stdout).accepted, true);
    assert.match(
      textOf((await open(appliance.url, { cookie })).html),
      /1 repo · 1 needs attention : acme\/web/,
    );
  });
});

describe('pages', () => {
  let appliance: Appliance;
  let cookie: string;
  before(async () => {
    appliance = await openAppliance();
    cookie = await appliance.signIn();
  });
  after(() => appliance.close());
  const get = (path: string, headers?: Record<string, string>) =>
    open(new URL(path, appliance.url).href, { cookie, ...headers });

  describe('overview', () => {
    before(async () => {
      const repos = Array.from(
        { length: 103 },
        (_, i) => `many/repo-${String(i).padStart(3, '0')}`,
      );
      await Promise.all(
        repos.map((repo) =>
          post(appliance, { repo, branch: 'main', commit: 'c1', summary: summary(5) }),
        ),
      );
      await post(appliance, { repo: 'many/repo-003', branch: 'dev', summary: summary(3, 1) });
    });

    it('says first which repos need somebody', async () => {
      const { html } = await get('/');
      assert.match(textOf(html), /103 repos · 1 needs attention : many\/repo-003/);
    });
    it('says so when none does', async () => {
      await post(appliance, { repo: 'many/repo-003', branch: 'dev', summary: summary(4) });
      assert.match(textOf((await get('/')).html), /103 repos · none needs attention/);
    });
    it('tells what the newest run came to, in a word and a picture', async () => {
      const { html } = await get('/?q=repo-003');
      const text = textOf(html);
      assert.match(text, /many\/repo-003 dev .*✓ passed/);
      assert.match(html, /aria-label="Last 3 runs, oldest first: 2 passed, 1 failed"/);
    });
    it('goes on where the page ends', async () => {
      const first = await get('/?sort=name');
      const [, next] = /rel="next" href="([^"]*)"/.exec(first.html)!;
      const second = await get(decode(next!));
      const names = (html: string) =>
        [...html.matchAll(/<bdi>(many\/repo-\d{3})<\/bdi><\/a><span/g)].map(([, n]) => n);
      assert.equal(names(first.html).length, 100);
      assert.deepEqual(names(second.html), ['many/repo-100', 'many/repo-101', 'many/repo-102']);
      assert.doesNotMatch(second.html, /rel="next"/);
    });
    it('finds by a part of the name, ignoring case, and shows what was asked', async () => {
      const { html } = await get('/?q=REPO-01');
      assert.equal([...html.matchAll(/href="\/r\/many\/repo-01\d"/g)].length, 10);
      assert.match(html, /name="q" value="REPO-01"/);
      assert.match(textOf((await get('/?q=%25_%22*')).html), /No repo’s name holds that/);
    });
  });

  describe('repo', () => {
    let last: Posted;
    before(async () => {
      for (let i = 0; i < 53; i++) {
        const branch = i % 2 === 0 ? 'main' : 'feature/x#1?&"';
        const body = {
          repo: 'Acme/Web',
          branch,
          commit: `abc${i}`,
          framework: 'jest',
          runKey: `k${i}`,
        };
        last = await post(appliance, { ...body, summary: summary(9, i % 10 === 0 ? 1 : 0) });
      }
    });
    const rows = (html: string) => [...html.matchAll(/<th scope="row" class="verdict">/g)].length;

    it('lists its runs, newest first, and goes on where the page ends', async () => {
      const { html } = await get('/r/Acme/Web/-/runs');
      assert.equal(rows(html), 50);
      assert.match(
        html,
        new RegExp(`<th scope="row" class="verdict"><a href="/r/Acme/Web/-/runs/${last.id}">`),
      );
      const [, next] = /rel="next" href="([^"]*)"/.exec(html)!;
      const second = await get(decode(next!));
      assert.equal(rows(second.html), 3);
      assert.match(second.html, /href="\/r\/Acme\/Web\/-\/runs">← Newest/);
    });
    it('filters by outcome, branch, commit and run key, also together', async () => {
      const count = async (query: string) => rows((await get(`/r/Acme/Web/-/runs?${query}`)).html);
      assert.equal(await count('status=failed'), 6);
      assert.equal(await count('branch=main'), 27);
      assert.equal(await count(`branch=${encodeURIComponent('feature/x#1?&"')}`), 26);
      assert.equal(await count('commit=abc7'), 1);
      assert.equal(await count('runKey=k8&branch=main&status=passed'), 1);
      assert.match(textOf((await get('/r/Acme/Web/-/runs?commit=none')).html), /No run matches/);
    });
    it('gives the rows that it shows as CSV, with the same filters', async () => {
      const { html } = await get('/r/Acme/Web/-/runs?status=failed');
      const [, href] = /href="([^"]*format=csv[^"]*)"/.exec(html)!;
      const csv = await get(decode(href!));
      assert.match(csv.headers['content-type']!, /^text\/csv/);
      assert.equal(csv.headers['content-disposition'], 'attachment; filename="runs-Acme-Web.csv"');
      const lines = csv.html.trimEnd().split('\r\n');
      assert.equal(lines.length, 1 + rows(html));
      assert.match(lines[1]!, /,failed,main,abc50,jest,,,\d{4}-/);
    });
    it('links of odd branches lead where they say', async () => {
      const { html } = await get('/r/Acme/Web/-/runs');
      const [, href] = /class="quiet" href="([^"]*feature[^"]*)"/.exec(html)!;
      assert.equal(rows((await get(decode(href!))).html), 26);
    });
    it('has one address: another spelling leads to the first one seen', async () => {
      for (const rest of ['?days=28', '/-/runs?branch=main']) {
        const { status, headers } = await get(`/r/acme/web${rest}`);
        assert.deepEqual([status, headers.location], [302, `/r/Acme/Web${rest}`]);
      }
    });
    it('that is not there is a page that says so', async () => {
      for (const path of ['/r/acme/none', '/r/x', '/r/acme/web/-/', '/r/__proto__/constructor']) {
        const { status, html } = await get(path);
        assert.equal(status, 404, path);
        assert.match(html, /<h1>Not found<\/h1>/);
      }
    });
  });

  describe('run', () => {
    const troubled = [
      {
        suite: 'auth',
        name: 'rejects',
        status: 'failed',
        durationMs: 5,
        attempts: 2,
        errorMessage: 'line one\nline two',
        stack: 'at x',
        file: 'a.ts',
        line: 7,
      },
      { suite: 'auth', name: 'retries', status: 'flaky', durationMs: 5, errorMessage: 'once' },
      { suite: 'auth', name: 'waits', status: 'skipped' },
    ];
    const passing = Array.from({ length: 250 }, (_, i) => ({
      suite: 'bulk',
      name: `case ${i}`,
      status: 'passed',
      durationMs: i,
    }));
    let first: Posted;
    let second: Posted;
    let path: string;
    before(async () => {
      const run = {
        repo: 'acme/run',
        branch: 'main',
        commit: 'f00',
        runKey: 'ci-1',
        job: 'unit',
        environment: 'linux',
        runUrl: 'https://ci.example/1?a=b',
      };
      const cases = [...passing, ...troubled];
      first = await post(appliance, {
        ...run,
        shard: { index: 1, total: 4 },
        summary: { total: 253, passed: 250, failed: 1, skipped: 1, flaky: 1, durationMs: 900 },
        cases,
      });
      second = await post(appliance, {
        ...run,
        shard: { index: 3, total: 4 },
        summary: summary(1),
        cases: [{ suite: 'two', name: 'x', status: 'passed' }],
      });
      path = `/r/acme/run/-/runs/${first.id}`;
    });
    const names = (html: string) =>
      [...html.matchAll(/<p class="title"><a[^>]*><bdi>([^<]*)</g)].map(([, name]) => name);

    it('says at a glance what it came to', async () => {
      const { html } = await get(path);
      const text = textOf(html);
      assert.match(text, /× failed 1 failed, 1 flaky of 254/);
      assert.match(text, /Job unit Environment linux CI ci\.example ↗ Run key ci-1/);
      assert.match(
        html,
        /<a href="https:\/\/ci\.example\/1\?a=b" rel="noopener noreferrer nofollow">/,
      );
    });
    it('says what is missing', async () => {
      assert.match(textOf((await get(path)).html), /Shards missing: 2, 4\./);
    });
    it('shows troubles first, with message and stack to unfold', async () => {
      const { html } = await get(path);
      assert.deepEqual(names(html).slice(0, 3), ['rejects', 'retries', 'case 0']);
      assert.match(html, /<summary><bdi>line one<\/bdi><\/summary>/);
      assert.match(
        html,
        /<p class="headline"><bdi>once<\/bdi><\/p>/,
        'nothing to unfold in one line',
      );
      assert.match(html, /<bdi class="mono">a\.ts:7<\/bdi>/);
    });
    it('has pages for all of its cases', async () => {
      const third = await get(`${path}?page=3`);
      assert.equal(names(third.html).length, 54);
      assert.match(textOf(third.html), /201–254 of 254/);
      assert.match(textOf((await get(`${path}?page=4000`)).html), /not so many pages/);
    });
    it('filters by status, suite and search, and keeps the filter on the next page', async () => {
      assert.deepEqual(names((await get(`${path}?status=failed`)).html), ['rejects']);
      assert.deepEqual(names((await get(`${path}?suite=two`)).html), ['x']);
      assert.deepEqual(names((await get(`${path}?q=CASE%20249`)).html), ['case 249']);
      const { html } = await get(`${path}?status=passed&suite=bulk`);
      const [, next] = /rel="next" href="([^"]*)"/.exec(html)!;
      assert.equal(decode(next!), `${path}?status=passed&suite=bulk&page=2`);
    });
    it('has one address: the id of a later upload leads to it', async () => {
      for (const other of [`/r/acme/run/-/runs/${second.id}`, path.replace('acme', 'ACME')]) {
        const { status, headers } = await get(`${other}?page=2`);
        assert.deepEqual([status, headers.location], [302, `${path}?page=2`], other);
      }
    });
    it('is not there under another repo or another id', async () => {
      for (const wrong of [
        `/r/acme/other/-/runs/${first.id}`,
        '/r/acme/run/-/runs/:id',
        '/r/acme/run/-/runs/%2e%2e',
        path.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
      ]) {
        assert.equal((await get(wrong)).status, 404, wrong);
      }
    });
    it('without cases says why there are none', async () => {
      const { url } = await post(appliance, { repo: 'acme/bare', summary: summary(3) });
      assert.match(textOf((await get(url)).html), /posted without its cases/);
    });
    it('tells what was odd in the upload', async () => {
      const odd = {
        repo: 'acme/odd',
        summary: summary(3),
        cases: [{ suite: '<s>', name: 'n', status: 'passed', attempts: 0 }],
      };
      const answer = await appliance.post(odd);
      const { warnings, url } = (await answer.json()) as {
        warnings: { message: string }[];
        url: string;
      };
      assert.ok(warnings.length > 0);
      const text = textOf((await get(url)).html);
      for (const { message } of warnings) assert.ok(text.includes(message), message);
    });
  });

  describe('foreign text', () => {
    const evil = '<img src=x onerror="alert(1)">\u202egnp.exe __proto__ \'"&';
    let path: string;
    before(async () => {
      const long = `${'very-'.repeat(199)}end`;
      const { url } = await post(appliance, {
        repo: 'evil/__proto__',
        branch: evil,
        commit: 'javascript:alert(1)',
        framework: 'jest',
        ciProvider: 'ci',
        runKey: evil,
        job: evil,
        environment: evil,
        summary: summary(0, 4),
        cases: [
          {
            suite: evil,
            name: evil,
            status: 'failed',
            errorMessage: evil,
            stack: `${evil}\n</pre><script>alert(1)</script>`,
            file: evil,
          },
          {
            suite: '__proto__',
            name: 'constructor',
            status: 'failed',
            errorMessage: '{{7*7}} <%= it.run %>',
          },
          { suite: long, name: long, status: 'failed', errorMessage: long },
          { suite: 'marks', name: `z${'\u0301'.repeat(900)}`, status: 'failed' },
        ],
      });
      path = new URL(url).pathname;
    });

    it('is only ever text', async () => {
      for (const page of [
        path,
        '/',
        '/r/evil/__proto__',
        `/?q=${encodeURIComponent(evil)}`,
        `${path}?suite=${encodeURIComponent(evil)}&q=${encodeURIComponent(evil)}`,
        `/r/evil/__proto__?branch=${encodeURIComponent(evil)}`,
      ]) {
        const { status, html } = await get(page);
        assert.equal(status, 200, page);
        assert.doesNotMatch(html, /<img|<b>jest|<script(?! src="\/assets\/)|<\/pre><script/i, page);
        assert.doesNotMatch(html, /href="javascript:/i, page);
        assert.doesNotMatch(
          html.replaceAll(/value="[^"]*"|href="[^"]*"/g, ''),
          /\u202e/,
          `${page} holds a bare direction mark`,
        );
      }
    });
    it('shows the marks that would turn it around', async () => {
      assert.match(textOf((await get(path)).html), /\[U\+202E\]gnp\.exe/);
    });
    it('templates in it stay text', async () => {
      const { html } = await get(`${path}?suite=__proto__`);
      assert.match(html, /\{\{7\*7\}\} &lt;%= it\.run %&gt;/);
    });
  });

  describe('bounds', () => {
    const noise = (length: number) => randomBytes(length).toString('base64').slice(0, length);
    const worst: Record<string, (length: number) => string> = {
      'every character escaped': (length) => '"'.repeat(length - 8) + noise(8),
      'three bytes a character': (length) => '漢'.repeat(length - 8) + noise(8),
      'nothing to compress': noise,
      'as long as links may be': (length) => noise(Math.min(length, 220)),
    };
    for (const [what, make] of Object.entries(worst)) {
      it(`the longest texts make no page over 400 KB, 100 KB compressed: ${what}`, async () => {
        const cases = Array.from({ length: 100 }, () => ({
          suite: make(1000),
          name: make(1000),
          status: 'failed',
          errorMessage: make(16_000),
          stack: make(16_000),
          file: make(1000),
        }));
        const repo = `bounds/${what.replaceAll(' ', '-')}`;
        const run = () => ({
          repo,
          branch: make(255),
          commit: make(255),
          runKey: make(255),
          job: make(255),
          environment: make(200),
          summary: summary(0, 100),
        });
        await Promise.all(Array.from({ length: 49 }, () => post(appliance, run())));
        const { url } = await post(appliance, { ...run(), cases });
        for (const page of [
          url,
          `${appliance.url}/r/${repo}`,
          `${appliance.url}/r/${repo}/-/runs`,
        ]) {
          const { status, html } = await get(page);
          assert.deepEqual([status, ...sizeFaults(html)], [200], page);
        }
      });
    }
    it('odd pages and searches are refused or empty, never work', async () => {
      const run = await post(appliance, {
        repo: 'bounds/run',
        summary: summary(1),
        cases: [{ suite: 's', name: 'n', status: 'passed' }],
      });
      const path = new URL(run.url).pathname;
      for (const [query, status] of [
        ['page=-1', 400],
        ['page=abc', 400],
        ['page=1e9', 200],
        ['page=1&page=2', 400],
        ['status=__proto__', 400],
        ['sort=__proto__', 200],
        [`q=${'x'.repeat(5000)}`, 200],
        ['q=%22%20OR%201=1%20NEAR(', 200],
      ] as const) {
        assert.equal((await get(`${path}?${query}`)).status, status, query.slice(0, 40));
      }
      for (const [query, status] of [
        ['cursor=-1', 400],
        ['cursor=1e9', 400],
        ['status=unknown', 400],
        ['branch=a&branch=b', 400],
      ] as const) {
        assert.equal((await get(`/r/bounds/run/-/runs?${query}`)).status, status, query);
      }
    });
  });

  describe('transfer', () => {
    /** fetch would inflate the body; here it is as sent. */
    const raw = (path: string, encoding: string) =>
      new Promise<{ encoding: string | undefined; vary: string | undefined; body: Buffer }>(
        (resolve, reject) => {
          const headers = { cookie, accept: 'text/html', 'accept-encoding': encoding };
          request(appliance.url + path, { headers, timeout: 5000 }, async (answer) => {
            const body = Buffer.concat(await answer.toArray());
            resolve({
              encoding: answer.headers['content-encoding'],
              vary: answer.headers.vary,
              body,
            });
          })
            .on('error', reject)
            .end();
        },
      );

    it('pages and assets are compressed for whoever can read it', async () => {
      const { html } = await get('/');
      const [, css] = /href="(\/assets\/\w+\/style\.css)"/.exec(html)!;
      for (const path of ['/', css!]) {
        const [plain, gzip, br] = await Promise.all([
          raw(path, 'identity'),
          raw(path, 'gzip'),
          raw(path, 'gzip, br'),
        ]);
        assert.deepEqual([plain.encoding, gzip.encoding, br.encoding], [undefined, 'gzip', 'br']);
        assert.ok(br.body.length < plain.body.length / 3);
        assert.equal(gunzipSync(gzip.body).length, plain.body.length);
        assert.match(String(gzip.vary), /Accept-Encoding/);
      }
    });
    it('assets are kept for ever, because their address changes with them', async () => {
      const { html, headers } = await get('/');
      assert.equal(headers['cache-control'], 'no-store');
      const urls = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, url]) => url!);
      assert.equal(urls.length, 3);
      for (const url of urls) {
        const asset = await get(url);
        assert.equal(asset.status, 200, url);
        assert.match(asset.headers['cache-control']!, /max-age=31536000, immutable/);
        assert.match(
          asset.headers['content-type']!,
          /^(text\/css; charset|text\/javascript; charset|image\/svg)/,
        );
        assert.equal((await get(url.replace(/assets\/./, 'assets/z'))).status, 404);
      }
      assert.equal((await get('/assets/x/..%2f..%2fpackage.json')).status, 404);
    });
    it('every page keeps the strict policy and needs nothing from elsewhere', async () => {
      for (const path of ['/', '/r/acme/run', '/nothing', '/setup?token=x']) {
        const { html, headers } = await get(path);
        assert.match(
          headers['content-security-policy']!,
          /^default-src 'none'; script-src 'self'; style-src 'self';/,
        );
        assert.doesNotMatch(html, / style=| on\w+=|<style|<script>/);
        assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\//);
      }
    });
    it('HEAD answers like GET without a body', async () => {
      const answer = await fetch(appliance.url, {
        method: 'HEAD',
        headers: { cookie, accept: 'text/html' },
      });
      assert.deepEqual([answer.status, await answer.text()], [200, '']);
    });
  });
});

describe('templates', () => {
  it('print unescaped only what another template has rendered, and the files of docs/', () => {
    for (const file of globSync('views/**/*.eta')) {
      const raw = readFileSync(file, 'utf8').match(/<%~.*?%>/gs) ?? [];
      for (const tag of raw)
        assert.match(
          tag,
          /^<%~ (?:it\.(?:body|handbook)|include\('@partials\/[\w-]+'.*\)) %>$/s,
          file,
        );
    }
  });
});
