import { z } from 'zod';
import { auditActions } from '../domain/audit-actions.ts';
import { roles } from '../domain/principal.ts';
import { tidyName } from '../domain/text.ts';
import { limits } from '../limits.ts';

const role = z.enum(roles).describe('viewer reads, member acts, admin manages');

/** Whom to invite, and as what. */
export const newInvitationSchema = z
  .object({
    role: role.default('member'),
    note: z
      .string()
      .max(limits.personNameLength.value)
      .transform(tidyName)
      .default('')
      .describe('For whom; shown in the list of open invitations'),
  })
  .meta({ id: 'NewInvitation' });

export const invitationSchema = z
  .object({
    id: z.int(),
    role,
    note: z.string(),
    url: z.string().describe('Makes one account, once; shown this once'),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Invitation' });

export const roleSchema = z.object({ role }).meta({ id: 'NewRole' });

export const memberSchema = z
  .object({
    id: z.int(),
    login: z.string(),
    name: z.string(),
    role,
    since: z.iso.datetime(),
    signedInAt: z.iso.datetime().nullable().describe('Last sign-in'),
  })
  .meta({ id: 'Member' });

export const auditEntrySchema = z
  .object({
    seq: z.int(),
    at: z.iso.datetime(),
    actor: z.object({
      kind: z.enum(['user', 'key', 'operator', 'nobody']),
      id: z.int().nullable().describe('Of the user or key'),
      name: z.string(),
    }),
    action: z.enum(Object.keys(auditActions) as [keyof typeof auditActions]),
    subject: z.string().describe('Whom or what it was done to'),
    address: z.string().nullable().describe('null: the command line'),
  })
  .meta({ id: 'AuditEntry' });
