import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  authorize,
  type Place,
  type Policy,
  type Principal,
  type Role,
  type Scope,
  takesSessions,
  visibleTo,
} from '../../src/domain/principal.ts';

const key = (scopes: Scope[], repos: string[] = []): Principal => ({
  kind: 'key',
  keyId: 1,
  name: 'k',
  workspaceId: 1,
  scopes,
  repos,
});
const person = (role: Role | null, isInstanceAdmin = false): Principal => ({
  kind: 'session',
  sessionId: 1,
  userId: 1,
  login: 'ada',
  name: 'Ada',
  isInstanceAdmin,
  memberships: role === null ? [] : [{ workspaceId: 1, workspace: 'Acme', role }],
});
const anonymous: Principal = { kind: 'anonymous' };
const own: Place = { slug: 'acme/web', workspaceId: 1 };
const foreign: Place = { slug: 'other/web', workspaceId: 2 };
const open: Place = { ...foreign, isPublic: true };
const workspace: Place = { workspaceId: 1 };

describe('authorize', () => {
  const table: [string, Principal, Policy, Place | undefined, string][] = [
    ['nobody may post', anonymous, 'ingest', undefined, 'unauthorized'],
    ['nobody may read by API', anonymous, 'read', own, 'unauthorized'],
    ['nobody reads a public repo by API either', anonymous, 'read', open, 'unauthorized'],
    ['anybody may come to a page', anonymous, 'page', undefined, 'yes'],
    ['anybody sees a public repo', anonymous, 'page', open, 'yes'],
    ['a private repo asks who is there', anonymous, 'page', own, 'unauthorized'],
    ['settings ask who is there', anonymous, 'manage', undefined, 'unauthorized'],
    ['an account asks who is there', anonymous, 'account', undefined, 'unauthorized'],
    ['a reading key may not post', key(['read']), 'ingest', undefined, 'forbidden'],
    ['a posting key may not read', key(['ingest']), 'read', own, 'forbidden'],
    ['a key reaches its workspace', key(['ingest']), 'ingest', own, 'yes'],
    ['a key does not reach another one', key(['ingest']), 'ingest', foreign, 'forbidden'],
    ['not even a public repo there', key(['read']), 'read', open, 'forbidden'],
    ['a pattern opens', key(['read'], ['acme/*']), 'read', own, 'yes'],
    ['a pattern closes', key(['read'], ['labs/*']), 'read', own, 'forbidden'],
    ['an admin key has the workspace', key(['admin']), 'admin', workspace, 'yes'],
    ['one of some repos has not', key(['admin'], ['acme/*']), 'admin', workspace, 'forbidden'],
    ['a key has no account', key(['admin']), 'account', undefined, 'forbidden'],
    ['a key manages by API only', key(['admin']), 'manage', workspace, 'forbidden'],
    ['a person posts no runs', person('admin', true), 'ingest', own, 'forbidden'],
    ['a viewer reads', person('viewer'), 'read', own, 'yes'],
    ['a viewer sees pages', person('viewer'), 'page', own, 'yes'],
    ['a viewer does not act', person('viewer'), 'act', own, 'forbidden'],
    ['a member acts', person('member'), 'act', own, 'yes'],
    ['a member does not manage', person('member'), 'manage', workspace, 'forbidden'],
    ['an admin manages', person('admin'), 'manage', workspace, 'yes'],
    ['an admin of one has no other', person('admin'), 'read', foreign, 'forbidden'],
    ['but sees what is public there', person('admin'), 'page', open, 'yes'],
    ['an admin is not above all', person('admin'), 'instance', undefined, 'forbidden'],
    ['who runs the appliance is', person(null, true), 'instance', undefined, 'yes'],
    ['and has every workspace', person(null, true), 'manage', foreign, 'yes'],
    ['without a workspace there is an account', person(null), 'account', undefined, 'yes'],
    ['but nothing to manage', person(null), 'manage', undefined, 'forbidden'],
    ['and nothing private to see', person(null), 'page', own, 'forbidden'],
  ];
  for (const [because, principal, policy, place, decision] of table) {
    it(because, () => assert.equal(authorize(principal, policy, place), decision));
  }
});

describe('a policy', () => {
  it('that is none ends the start, because a route without one would be open', () => {
    assert.throws(() => takesSessions(undefined as unknown as Policy), TypeError);
  });
});

describe('what a list shows', () => {
  const places = [own, { ...own, slug: 'labs/web' }, foreign, open, { ...own, isPublic: true }];
  const cases: [string, Principal, Policy][] = [
    ['nobody', anonymous, 'page'],
    ['a viewer', person('viewer'), 'page'],
    ['a stranger with an account', person(null), 'page'],
    ['who runs the appliance', person(null, true), 'page'],
    ['a key', key(['read']), 'read'],
    ['a key of some repos', key(['read'], ['acme/*']), 'read'],
  ];
  for (const [who, principal, policy] of cases) {
    it(`is what each page of it would show to ${who}, because two answers would be a leak`, () => {
      const { workspaceIds, patterns, withPublic } = visibleTo(principal);
      for (const place of places) {
        const isListed =
          (workspaceIds === null ||
            workspaceIds.includes(place.workspaceId) ||
            (withPublic && place.isPublic === true)) &&
          (patterns.length === 0 || place.slug!.startsWith('acme/'));
        assert.equal(isListed, authorize(principal, policy, place) === 'yes', `${place.slug}`);
      }
    });
  }
});
