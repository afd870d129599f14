import { z } from 'zod';
import { tidyName } from '../domain/text.ts';
import { limits } from '../limits.ts';
import { instant } from './responses.ts';

/** What a repo may be set to. */
export const repoSettingsSchema = z
  .object({
    defaultBranch: z
      .string()
      .transform(tidyName)
      .pipe(z.string().min(1).max(limits.refLength.value))
      .describe('The branch that is graded and watched'),
    since: z.iso
      .datetime({ offset: true, error: 'must be a time such as 2027-01-31T12:00:00Z' })
      .nullish()
      .describe(
        'Holds for uploads received from then on; earlier ones are judged anew. Without it: from now on',
      ),
  })
  .meta({ id: 'RepoSettingsChange' });

export const defaultBranchSchema = z.object({
  value: z.string().nullable(),
  decidedBy: z.enum(['person', 'uploads']),
  since: instant.nullable().describe('From when a decision holds'),
});

export const settingsAnswerSchema = z
  .object({
    defaultBranch: defaultBranchSchema,
    judgedAnew: z.boolean().describe('Whether earlier uploads are being judged anew'),
  })
  .meta({ id: 'RepoSettings' });
