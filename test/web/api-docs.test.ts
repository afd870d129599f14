import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openApiDocument } from '../../src/contract/openapi.ts';
import { operations } from '../../src/contract/operations.ts';
import { curlOf } from '../../src/web/pages/parts/curl.ts';
import { fieldsOf, shortType } from '../../src/web/pages/parts/schema-fields.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { makePerson } from '../helpers/sign-in.ts';

const plainText = (html: string): string =>
  html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

describe('the page /docs/api', () => {
  let appliance: Appliance;
  let page: string;
  before(async () => {
    appliance = await openAppliance();
    page = await (await fetch(`${appliance.url}/docs/api`)).text();
  });
  after(() => appliance.close());

  it('shows every operation and no other', () => {
    const shown = [...page.matchAll(/<section class="card doc" id="(\w+)">/g)].map(([, id]) => id);
    assert.deepEqual(shown, Object.keys(operations));
  });

  it('each curl line works when pasted', async () => {
    const key = {
      workspaceId: null,
      name: 'docs',
      scopes: ['ingest', 'read', 'admin'] as const,
      repos: [],
      expiresAtMs: null,
    };
    const { secret } = await appliance.store.createKey(key, Date.now());
    const first = await appliance.post({
      repo: 'acme/web',
      summary: { total: 1, passed: 1, failed: 0 },
    });
    const { id } = (await first.json()) as { id: string };
    const { testId, incidentId } = await postJudgedHistory(appliance);
    await makePerson(appliance.store, { role: 'admin' });
    const member = await makePerson(appliance.store, { role: 'member' });
    const lines = [...page.matchAll(/<pre class="code"[^>]*>(curl[^<]*)<\/pre>/g)].map(([, line]) =>
      plainText(line!),
    );
    assert.equal(lines.length, Object.keys(operations).length);
    for (const line of lines) {
      const [of] = line.match(/(?<=\/)[\w-]+(?=\/\$ID)/) ?? [''];
      const ids: Record<string, string> = {
        keys: '1',
        users: String(member),
        incidents: incidentId,
        'test-runs': id,
      };
      const env = {
        PATH: process.env.PATH,
        QLENS_API_KEY: secret,
        ID: ids[of],
        TEST: testId,
      };
      const script = `${line} -sS -o /dev/null -w '%{http_code}'`;
      const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script], {
        env,
        timeout: 20_000,
      });
      assert.match(stdout, /^2\d\d$/, `${line}\n${stdout}${stderr}`);
    }
  });
});

describe('fields of a schema', () => {
  const shared = {
    Inner: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  };

  it('are named with the way to them', () => {
    const schema = {
      properties: {
        one: { $ref: '#/components/schemas/Inner' },
        many: {
          anyOf: [
            { type: 'array', items: { $ref: '#/components/schemas/Inner' } },
            { type: 'null' },
          ],
        },
      },
      required: ['one'],
    };
    assert.deepEqual(
      fieldsOf(schema, shared).map(({ name, type, isRequired }) => [name, type, isRequired]),
      [
        ['one', 'object', true],
        ['one.a', 'string', true],
        ['many', 'list of objects or null', false],
        ['many[].a', 'string', true],
      ],
    );
  });

  it('have short types', () => {
    assert.equal(shortType({ enum: ['a', 'b'] }, {}), 'a | b');
    assert.equal(shortType({ type: 'string', format: 'date-time' }, {}), 'time');
  });
});

describe('a curl line', () => {
  it('quotes what the shell would take apart', () => {
    const operation = {
      operationId: 'x',
      summary: '',
      security: [],
      parameters: [],
      requestBody: { content: { 'application/json': { schema: {}, example: "it's $HOME" } } },
    };
    assert.ok(
      curlOf('http://h', 'post', '/x', operation).endsWith(`--data-binary 'it'\\''s $HOME'`),
    );
  });

  it('the document it comes from is the one that programs read', () => {
    const { paths } = openApiDocument('1', 'http://h') as { paths: object };
    assert.equal(
      Object.values(paths).flatMap((path) => Object.keys(path as object)).length,
      Object.keys(operations).length,
    );
  });
});
