import { AppError } from '../errors.ts';
import type { Web } from './context.ts';

export type ErrorAnswer = {
  status: number;
  /** beside those of every answer: name, value, name, value */
  headers: string[];
  body: { error: { code: string; message: string; path?: string } };
};

/** What is told of an error, and what the log keeps of one that is ours. */
export function errorAnswer(web: Web, path: string, thrown: unknown): ErrorAnswer {
  const error =
    thrown instanceof AppError
      ? thrown
      : new AppError('internal', 'Something went wrong on our side.', { cause: thrown });
  if (error.status >= 500) logFault(web, path, error);
  const { status, code, message } = error;
  const isPlaced = error.path !== undefined && error.path !== '';
  return {
    status,
    headers: headersOf(error),
    body: { error: { code, message, ...(isPlaced && { path: error.path! }) } },
  };
}

function logFault({ log }: Web, path: string, { code, message, cause }: AppError): void {
  const text = cause instanceof Error ? cause.stack : cause;
  log.error('request_failed', { code, path, cause: text == null ? message : String(text) });
}

function headersOf({ code, retryAfter }: AppError): string[] {
  const headers: string[] = [];
  if (retryAfter !== undefined) headers.push('Retry-After', String(retryAfter));
  if (code === 'unsupported_encoding') headers.push('Accept-Encoding', 'gzip');
  return headers;
}
