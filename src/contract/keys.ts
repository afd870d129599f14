import { z } from 'zod';
import { scopes } from '../domain/principal.ts';

const instant = z.iso.datetime({
  offset: true,
  error: 'must be a time such as 2027-01-31T12:00:00Z',
});

/** What a new key may be asked to be. */
export const newKeySchema = z
  .object({
    name: z.string().trim().min(1).max(100).describe('What the key is for'),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length).default(['ingest', 'read']),
    repos: z
      .array(
        z
          .string()
          .max(200)
          .regex(/^[\w.*-]+(\/[\w.*-]+)*$/, 'must look like acme/web, acme/* or acme/**'),
      )
      .max(100)
      .default([])
      .describe('Patterns; none means every repo of the workspace'),
    expiresAt: instant.nullable().default(null),
  })
  .meta({ id: 'NewKey' });

/** A key without the key. */
export const keySchema = z
  .object({
    id: z.int(),
    name: z.string(),
    last4: z.string(),
    scopes: z.array(z.enum(scopes)),
    repos: z.array(z.string()),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().describe('Written at most once a minute'),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Key' });

export const madeKeySchema = keySchema
  .extend({ key: z.string().describe('The key itself, shown this once') })
  .meta({ id: 'MadeKey' });
