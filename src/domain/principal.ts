import { matchesPattern } from './slug.ts';

export const scopes = ['ingest', 'read', 'act', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Each may do what those before it may. */
export const roles = ['viewer', 'member', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Membership = { workspaceId: number; workspace: string; role: Role };

type KeyPrincipal = {
  kind: 'key';
  keyId: number;
  name: string;
  workspaceId: number;
  scopes: readonly Scope[];
  /** patterns of `slug.ts`; empty means every repo of the workspace */
  repos: readonly string[];
};

/** A person who has signed in. */
export type SessionPrincipal = {
  kind: 'session';
  sessionId: number;
  userId: number;
  login: string;
  name: string;
  isInstanceAdmin: boolean;
  /** by workspace id; an instance admin is admin of every workspace */
  memberships: readonly Membership[];
};

/** Who asks. */
export type Principal = KeyPrincipal | SessionPrincipal | { kind: 'anonymous' };

/** What is being touched; absent while it is not known yet. Without a slug: the workspace itself. */
export type Place = { workspaceId: number; slug?: string; isPublic?: boolean };

export type Decision = 'yes' | 'unauthorized' | 'forbidden';

/** Whom a policy lets pass: keys with this scope, sessions with this role or more. */
type Rule = {
  scope: Scope | null;
  role: Role | 'anyone' | 'instance' | null;
  anonymous: 'yes' | 'public repos' | 'no';
};

/**
 * What a route demands. Every route declares one; there is no default.
 * `page` lets everybody in and leaves the repo to the handler; `manage` is `admin` for people only;
 * `account` is a person's own; `instance` is above all workspaces.
 */
const rules = {
  public: { scope: null, role: 'anyone', anonymous: 'yes' },
  page: { scope: null, role: 'viewer', anonymous: 'public repos' },
  ingest: { scope: 'ingest', role: null, anonymous: 'no' },
  read: { scope: 'read', role: 'viewer', anonymous: 'no' },
  act: { scope: 'act', role: 'member', anonymous: 'no' },
  admin: { scope: 'admin', role: 'admin', anonymous: 'no' },
  manage: { scope: null, role: 'admin', anonymous: 'no' },
  account: { scope: null, role: 'anyone', anonymous: 'no' },
  instance: { scope: null, role: 'instance', anonymous: 'no' },
} as const satisfies Record<string, Rule>;

export type Policy = keyof typeof rules;

/** The policies that take a key, and the scope that it must have. */
export const scopeFor = {
  ingest: rules.ingest.scope,
  read: rules.read.scope,
  act: rules.act.scope,
  admin: rules.admin.scope,
} as const satisfies Partial<Record<Policy, Scope>>;

/** Whether a policy takes a person who has signed in; `ingest` asks for a key alone. */
export const takesSessions = (policy: Policy): boolean => rules[policy].role !== null;

/**
 * The one place that decides who may do what. Without a place it says whether there could be one
 * where the principal may; whoever knows the place must ask again.
 */
export function authorize(principal: Principal, policy: Policy, place?: Place): Decision {
  const rule: Rule = rules[policy];
  if (rule.anonymous === 'yes') return 'yes';
  if (rule.anonymous === 'public repos' && (place === undefined || place.isPublic)) return 'yes';
  if (principal.kind === 'anonymous') return 'unauthorized';
  const isAllowed =
    principal.kind === 'key' ? mayKey(principal, rule, place) : maySession(principal, rule, place);
  return isAllowed ? 'yes' : 'forbidden';
}

function mayKey(key: KeyPrincipal, { scope }: Rule, place: Place | undefined): boolean {
  if (scope === null || !key.scopes.includes(scope)) return false;
  if (place === undefined) return true;
  if (place.workspaceId !== key.workspaceId) return false;
  return place.slug === undefined ? key.repos.length === 0 : coversRepo(key.repos, place.slug);
}

function maySession(session: SessionPrincipal, { role }: Rule, place: Place | undefined): boolean {
  if (role === null) return false;
  if (role === 'anyone' || session.isInstanceAdmin) return true;
  if (role === 'instance') return false;
  const least = roles.indexOf(role);
  const reaches = (one: Membership): boolean => roles.indexOf(one.role) >= least;
  if (place === undefined) return role === 'viewer' || session.memberships.some(reaches);
  return session.memberships.some((one) => one.workspaceId === place.workspaceId && reaches(one));
}

/** The repos that a list may show. */
export type Visible = {
  /** null: every workspace */
  workspaceIds: readonly number[] | null;
  /** empty: every repo of them */
  patterns: readonly string[];
  /** public repos of all other workspaces, too */
  withPublic: boolean;
};

/** What a list shows to whom: as `authorize` would say of each repo. */
export function visibleTo(principal: Principal): Visible {
  switch (principal.kind) {
    case 'key':
      return {
        workspaceIds: [principal.workspaceId],
        patterns: principal.repos,
        withPublic: false,
      };
    case 'session':
      return {
        workspaceIds: principal.isInstanceAdmin
          ? null
          : principal.memberships.map(({ workspaceId }) => workspaceId),
        patterns: [],
        withPublic: true,
      };
    case 'anonymous':
      return { workspaceIds: [], patterns: [], withPublic: true };
  }
}

/** Whether a list of patterns covers a repo; an empty list covers all. */
export function coversRepo(patterns: readonly string[], slug: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, slug));
}

/** Whether a list of patterns covers all that another pattern can cover. */
export function coversPattern(patterns: readonly string[], pattern: string): boolean {
  return patterns.includes(pattern) || (!pattern.includes('*') && coversRepo(patterns, pattern));
}
