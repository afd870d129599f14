import type { z } from 'zod';
import type { Policy } from '../domain/principal.ts';
import type { ErrorCode } from '../errors.ts';

/** One thing that a program may ask of the appliance. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'delete';
  /** with `{name}` for parameters */
  path: string;
  policy: Policy;
  summary: string;
  description?: string;
  query?: z.ZodObject;
  /** by media type */
  body?: Record<string, { schema: z.ZodType; example?: unknown }>;
  /** what succeeds: status and shape */
  answers: { status: number; description: string; schema: z.ZodType | null }[];
  /** the body is read as it streams in and may take longer */
  streams?: boolean;
  /** beside those of every request */
  errors: ErrorCode[];
};

/** What any request can come to, whatever it asks for. */
export const errorsOfEveryRequest: ErrorCode[] = [
  'bad_request',
  'timeout',
  'expectation_failed',
  'headers_too_large',
];

export const readErrors: ErrorCode[] = [
  'bad_request',
  'unauthorized',
  'forbidden',
  'rate_limited',
  'internal',
];
