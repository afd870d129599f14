import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openApiDocument } from '../../src/contract/openapi.ts';
import type { Operation as Declared } from '../../src/contract/operation.ts';
import { operations } from '../../src/contract/operations.ts';
import { type Scope, scopeFor, scopes } from '../../src/domain/principal.ts';
import { AppError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { routes } from '../../src/web/routes.ts';
import { Bench } from '../bad-inputs/bench.ts';
import { postJudgedHistory } from '../helpers/judged-history.ts';
import { type Document, strictAjv } from '../helpers/openapi-answers.ts';
import { openRaw, request } from '../helpers/raw-http.ts';
import { makePerson } from '../helpers/sign-in.ts';

type Body = { type: string; text: string };
type Operation = {
  id: string;
  method: string;
  /** of something that exists, where it stands for something */
  target: string;
  /** of nothing */
  emptyTarget: string;
  scope: Scope | null;
  body: Body | null;
  statuses: number[];
};

type Described = {
  parameters?: { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
};

const document = openApiDocument('1.2.3', 'http://localhost') as unknown as Document;
const isApi = (path: string | RegExp) =>
  typeof path === 'string' && /^\/(api\/|healthz$|readyz$)/.test(path);

describe('the OpenAPI document', () => {
  it('is of version 3.1, because its schemas are JSON Schema 2020-12', () => {
    assert.match(document.openapi, /^3\.1\.\d$/);
  });

  it('names exactly the routes that programs call, because neither may lie about the other', () => {
    const named = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const served = routes
      .filter(({ path }) => isApi(path))
      .map(({ method, path }) => `${method} ${String(path).replaceAll(/:(\w+)/g, '{$1}')}`);
    assert.deepEqual(named.sort(), served.sort());
  });

  it('asks for a key where the route does, because a generated client reads that', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { security } = operation as unknown as { security: unknown[] };
        const found = Object.values(operations as Record<string, Declared>).find(
          (one) => one.path === path && one.method === method,
        );
        assert.equal(security.length > 0, found!.policy in scopeFor, `${method} ${path}`);
      }
    }
  });

  it('holds JSON Schema only, strictly read, and examples that fit it', () => {
    const ajv = strictAjv();
    const compile = (schema: object) => ajv.compile({ ...schema, components: document.components });
    for (const schema of Object.values(document.components.schemas)) compile(schema);
    let examples = 0;
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { parameters = [], requestBody } = operation as unknown as Described;
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const named = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
        assert.deepEqual(named, inPath, path);
        for (const { schema } of parameters) compile(schema);
        for (const [type, { schema, example }] of Object.entries(requestBody?.content ?? {})) {
          const validate = compile(schema);
          if (example === undefined) continue;
          examples++;
          assert.ok(
            validate(example),
            `${method} ${path} ${type}: ${ajv.errorsText(validate.errors)}`,
          );
        }
      }
    }
    assert.ok(examples > 0);
  });

  it('has only references that lead somewhere, and names each operation once', () => {
    const text = JSON.stringify(document);
    for (const [, kind, name] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      const components = document.components as unknown as Record<string, object>;
      assert.ok(name! in components[kind!]!, `${kind}/${name}`);
    }
    assert.doesNotMatch(text, /"\$ref":"(?!#\/components\/)/);
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe('every status that the OpenAPI document names', () => {
  let bench: Bench;
  let hasty: Bench;
  let all: Operation[];
  const keys = new Map<string, string>();

  before(async () => {
    bench = await Bench.open();
    hasty = await Bench.open({
      app: { patience: { headersMs: 300, requestMs: 600, checkEveryMs: 50 } },
    });
    for (const scope of scopes) keys.set(scope, await bench.makeKey({ scopes: [scope] }));
    const { id } = JSON.parse((await bench.post(bench.oneCase())).body) as { id: string };
    await bench.makeKey({ name: 'to be revoked' });
    const onlyAdmin = await makePerson(bench.appliance.store, { nowMs: bench.clock.now() });
    const lastKey = (await bench.appliance.store.listKeys(null)).at(-1)!;
    const { testId, incidentId } = await postJudgedHistory(bench.appliance);
    all = readOperations({
      '/repos/{repo}/tests/{testId}': [`acme%2Fweb/tests/${testId}`, 'acme%2Fweb/tests/0'],
      '/repos/{repo}': ['acme%2Fweb', 'no%2Fsuch'],
      '/incidents/{id}': [incidentId, 'ffffffffffffffff'],
      '/test-runs/{id}': [id, '00000000-0000-0000-0000-000000000000'],
      '/keys/{id}': [String(lastKey.id), '999999'],
      '/users/{id}': [String(onlyAdmin), '999999'],
    });
  });
  after(async () => {
    await bench.close();
    await hasty.close();
  });

  const those = (status: number) => {
    const found = all.filter(({ statuses }) => statuses.includes(status));
    assert.ok(found.length > 0, `no operation names ${status}`);
    return found;
  };

  /** The request that should succeed, changed. */
  const call = (
    { method, target, scope, body }: Operation,
    change: { target?: string; headers?: Record<string, string>; text?: string } = {},
  ): Buffer => {
    const headers = {
      ...(scope !== null && { 'X-API-Key': keys.get(scope)! }),
      ...(body !== null && { 'Content-Type': body.type }),
      ...change.headers,
    };
    return request(method, change.target ?? target, headers, change.text ?? body?.text ?? '');
  };

  const expectAll = async (
    status: number,
    change: (operation: Operation) => Parameters<typeof call>[1],
  ): Promise<void> => {
    for (const operation of those(status)) {
      const answer = await bench.raw(call(operation, change(operation)));
      assert.equal(answer.status, status, `${operation.id}: ${answer.body}`);
    }
  };

  // `*` is whatever there is: the usage changes with each look at it.
  it('304: what the client has already', () =>
    expectAll(304, () => ({ headers: { 'If-None-Match': '*' } })));
  it('400: a wrong Host', () => expectAll(400, () => ({ headers: { Host: 'a b' } })));
  it('401: no key', () => expectAll(401, () => ({ headers: { 'X-API-Key': '' } })));
  it('403: a key of another scope', () =>
    expectAll(403, () => ({ headers: { 'X-API-Key': keys.get('act')! } })));
  it('404: what is not there', () =>
    expectAll(404, ({ emptyTarget }) => ({ target: emptyTarget })));

  it('408: a request that does not arrive', async () => {
    const slow = those(408).map(async (operation) => {
      const bytes = call(operation, { text: '' });
      const connection = await openRaw(hasty.url);
      connection.send(bytes.subarray(0, -2));
      const { answers } = await connection.read(1);
      connection.socket.destroy();
      assert.equal(answers[0]?.status, 408, operation.id);
      bench.note(answers[0]!, bytes);
    });
    await Promise.all(slow);
  });

  it('409: an Idempotency-Key with another body', async () => {
    for (const operation of those(409).filter(({ scope }) => scope === 'ingest')) {
      const headers = { 'Idempotency-Key': 'once' };
      const first = await bench.raw(call(operation, { headers }));
      assert.ok(first.status < 300, first.body);
      const text = `${operation.body!.text}\n`;
      const second = await bench.raw(call(operation, { headers, text }));
      assert.equal(second.status, 409, `${operation.id}: ${second.body}`);
    }
  });

  it('409: no admin would be left, or no room for more invitations', async () => {
    const { accounts } = bench.appliance.store;
    const invitation = { workspaceId: 1, role: 'viewer', note: '' } as const;
    const made: number[] = [];
    for (let i = 0; i < limits.invitationsOpen.value; i++) {
      const { id } = await accounts.createInvitation(invitation, theOperator, bench.clock.now());
      made.push(id);
    }
    for (const operation of those(409).filter(({ scope }) => scope === 'admin')) {
      const answer = await bench.raw(call(operation));
      assert.equal(answer.status, 409, `${operation.id}: ${answer.body}`);
    }
    for (const id of made) {
      await accounts.withdrawInvitation(1, id, theOperator, bench.clock.now());
    }
    await makePerson(bench.appliance.store, { nowMs: bench.clock.now() });
  });

  it('413: a body announced as too long', () =>
    expectAll(413, () => ({ headers: { 'Content-Length': '1000000000000' }, text: '' })));
  it('415: a type that is not taken', () =>
    expectAll(415, () => ({ headers: { 'Content-Type': 'image/png' } })));
  it('417: an expectation that is not known', () =>
    expectAll(417, () => ({ headers: { Expect: 'bogus' } })));
  it('431: headers that are too long', () =>
    expectAll(431, () => ({ headers: { X: 'a'.repeat(20_000) } })));

  it('429: too many refused keys from one address', async () => {
    bench.paceMs = 0;
    const wrong = call(those(429)[0]!, { headers: { 'X-API-Key': 'nonsense' } });
    for (let i = 0; i < 30; i++) await bench.raw(wrong);
    await expectAll(429, () => ({ headers: { 'X-API-Key': 'nonsense' } }));
    bench.paceMs = 3000;
    bench.clock.advance(60_000);
  });

  it('success: the example of each operation, as the document prints it', async () => {
    const inOrder = [...all].sort(
      (a, b) => Number(b.method !== 'DELETE') - Number(a.method !== 'DELETE'),
    );
    for (const operation of inOrder) {
      const answer = await bench.raw(call(operation));
      assert.ok(answer.status < 300, `${operation.id}: ${answer.status} ${answer.body}`);
    }
  });

  it('500: a store that fails', async () => {
    const { store } = bench.appliance;
    const mend = [breakDoors(store), breakDoors(store.accounts)];
    try {
      await expectAll(500, () => ({}));
    } finally {
      for (const one of mend) one();
    }
  });

  it('503: while it shuts down', async () => {
    const begun = await bench.connect();
    const post = all.find(({ id }) => id === 'postTestRun')!;
    begun.send(call(post).subarray(0, -1));
    await bench.get('/healthz');
    const closed = bench.close();
    await expectAll(503, () => ({}));
    begun.send(call(post).subarray(-1));
    await begun.read(1);
    begun.socket.destroy();
    await closed;
  });

  it('was reached, each by a call whose answer fits its schema', () => {
    const missing = bench.check.promised().filter((one) => !bench.check.seen.has(one));
    assert.deepEqual(missing, [], 'teach this test how to reach them');
  });
});

/** Makes every verb of a door fail, but those that come before what is asked; returns the mending. */
function breakDoors(door: object): () => void {
  const doors = door as Record<string, unknown>;
  const whole = { ...doors };
  const stillWork = new Set(['findKey', 'openReport']);
  const fails = () => Promise.reject(new AppError('storage_failure', 'the disk is gone'));
  for (const [name, verb] of Object.entries(whole)) {
    if (typeof verb === 'function' && !stillWork.has(name)) doors[name] = fails;
  }
  return () => {
    for (const [name, verb] of Object.entries(whole)) {
      if (typeof verb === 'function') doors[name] = verb;
    }
  };
}

/** The operations of the document, with what their path parameters stand for. */
function readOperations(parameters: Record<string, [existing: string, missing: string]>) {
  const fill = (path: string, which: 0 | 1): string => {
    const prefix = Object.keys(parameters).find((one) => path.startsWith(`/api/v1${one}`));
    if (prefix === undefined) {
      assert.doesNotMatch(path, /\{/, `say what ${path} stands for`);
      return path;
    }
    return path.replace(/\{.*\}/, parameters[prefix]![which]);
  };
  return Object.entries(operations as Record<string, Declared>).map(
    ([id, { method, path, policy, query, body }]): Operation => {
      const named = document.paths[path]![method]!;
      const [type, media] = Object.entries(body ?? {})[0] ?? [];
      const example = media?.example;
      return {
        id,
        method: method.toUpperCase(),
        target: `${fill(path, 0)}${'repo' in (query?.shape ?? {}) ? '?repo=acme%2Fweb' : ''}`,
        emptyTarget: fill(path, 1),
        scope: policy in scopeFor ? scopeFor[policy as keyof typeof scopeFor] : null,
        body:
          type === undefined
            ? null
            : { type, text: typeof example === 'string' ? example : JSON.stringify(example) },
        statuses: Object.keys(named.responses).map(Number),
      };
    },
  );
}
