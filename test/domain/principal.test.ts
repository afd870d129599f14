import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorize, type Policy, type Principal } from '../../src/domain/principal.ts';

const key = (scopes: ('ingest' | 'read')[], repos: string[] = []): Principal => ({
  kind: 'key',
  keyId: 1,
  name: 'k',
  workspaceId: 1,
  scopes,
  repos,
});
const anonymous: Principal = { kind: 'anonymous' };
const own = { slug: 'acme/web', workspaceId: 1 };
const foreign = { slug: 'other/web', workspaceId: 2 };

describe('authorize', () => {
  const table: [string, Principal, Policy, typeof own | undefined, string][] = [
    ['nobody may post', anonymous, 'ingest', undefined, 'unauthorized'],
    ['nobody may read by API', anonymous, 'read', own, 'unauthorized'],
    ['anybody may look at pages', anonymous, 'page', undefined, 'yes'],
    ['a reading key may not post', key(['read']), 'ingest', undefined, 'forbidden'],
    ['a posting key may not read', key(['ingest']), 'read', own, 'forbidden'],
    ['a key reaches its workspace', key(['ingest']), 'ingest', own, 'yes'],
    ['a key does not reach another one', key(['ingest']), 'ingest', foreign, 'forbidden'],
    ['a pattern opens', key(['read'], ['acme/*']), 'read', own, 'yes'],
    ['a pattern closes', key(['read'], ['labs/*']), 'read', own, 'forbidden'],
  ];
  for (const [because, principal, policy, repo, decision] of table) {
    it(because, () => assert.equal(authorize(principal, policy, repo), decision));
  }
});
