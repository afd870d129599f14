/** Everything that the audit log can tell, in words for people. */
export const auditActions = {
  'session.begin': 'signed in',
  'session.refuse': 'failed to sign in',
  'session.end': 'signed out',
  'session.end-others': 'ended other sessions',
  'user.create': 'made an account',
  'user.remove': 'removed an account',
  'user.rename': 'changed a name',
  'password.change': 'changed the password',
  'password.reset-link': 'made a link for a new password',
  'password.reset': 'set a new password by link',
  'setup.link': 'made a set-up link',
  'invitation.create': 'invited',
  'invitation.withdraw': 'withdrew an invitation',
  'member.join': 'joined',
  'member.role': 'changed a role',
  'member.remove': 'removed a member',
  'key.create': 'made an API key',
  'key.revoke': 'revoked an API key',
  'repo.public': 'made a repo public',
  'repo.private': 'made a repo private',
  'repo.default-branch': 'set the default branch',
  'workspace.create': 'made a workspace',
  'workspace.rename': 'named the workspace',
  'workspace.plan': 'set the plan',
} as const satisfies Record<string, string>;

export type AuditAction = keyof typeof auditActions;
