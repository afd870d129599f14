import type { z } from 'zod';
import { AppError, quoteInput } from '../errors.ts';

/** The first fault zod found, as our 400: `cases[3].status must be one of passed, failed, …`. */
export function invalidBody(error: z.ZodError, input: unknown): AppError {
  const issue = error.issues[0]!;
  const path = formatPath(issue.path);
  const found = valueAt(input, issue.path);
  const text = found === undefined || found === null ? 'is required' : describe(issue);
  return new AppError('invalid_body', `${path === '' ? 'the body' : path} ${text}`, { path });
}

/** `['cases', 3, 'status']` → `cases[3].status`. Foreign key names are quoted and cut. */
function formatPath(path: PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else {
      const name = String(part);
      const plain = /^\w{1,80}$/.test(name) ? name : quoteInput(name);
      text += text === '' ? plain : `.${plain}`;
    }
  }
  return text;
}

function valueAt(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value === null || typeof value !== 'object'
        ? undefined
        : (value as Record<PropertyKey, unknown>)[part],
    input,
  );
}

const articles: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${articles[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `must have at most ${issue.maximum} characters`;
      if (issue.origin === 'array') return `must have at most ${issue.maximum} entries`;
      return `must be at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}
