/**
 * Errors with a code for the program, a sentence for the person and a cause for the operator.
 * They are thrown where they are known and translated to HTTP in one place (web/middleware/errors.ts).
 */
export const httpStatusOf = {
  bad_request: 400,
  invalid_json: 400,
  invalid_body: 400,
  invalid_utf8: 400,
  invalid_encoding: 400,
  invalid_idempotency_key: 400,
  incomplete_body: 400,
  too_deep: 400,
  too_many_tokens: 400,
  doctype_not_allowed: 400,
  not_junit: 400,
  not_ctrf: 400,
  not_gotest: 400,
  unsupported_charset: 400,
  key_in_url: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  idempotency_key_reused: 409,
  conflict: 409,
  too_large: 413,
  unsupported_type: 415,
  unsupported_encoding: 415,
  expectation_failed: 417,
  rate_limited: 429,
  quota_exceeded: 429,
  headers_too_large: 431,
  storage_failure: 500,
  internal: 500,
  busy: 503,
  draining: 503,
  not_ready: 503,
} as const;

export type ErrorCode = keyof typeof httpStatusOf;

export type ErrorDetails = {
  /** where in the body or query the fault is, such as `cases[3].status` */
  path?: string | undefined;
  /** whole seconds after which a retry can succeed; becomes the header Retry-After */
  retryAfter?: number | undefined;
  cause?: unknown;
};

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = details.path;
    this.retryAfter = details.retryAfter;
  }

  get status(): number {
    return httpStatusOf[this.code];
  }
}

/** The refusal of who has used up the credits of a month that ends at `resetAtMs`. */
export function quotaExceeded(
  { limit, resetAtMs }: { limit: number | null; resetAtMs: number },
  nowMs: number,
): AppError {
  const day = new Date(resetAtMs).toISOString().slice(0, 10);
  return new AppError(
    'quota_exceeded',
    `the ${limit} credits of this month are used up; they are renewed on ${day} (UTC)`,
    { retryAfter: Math.max(1, Math.ceil((resetAtMs - nowMs) / 1000)) },
  );
}

/** An error as it crosses a thread or a socket: data only. */
export type PlainError = {
  code: ErrorCode;
  message: string;
  path?: string | undefined;
  retryAfter?: number | undefined;
  /** for the log, never for a client */
  cause?: string | undefined;
};

export function toPlainError(error: unknown): PlainError {
  if (error instanceof AppError) {
    const { code, message, path, retryAfter } = error;
    return { code, message, path, retryAfter, cause: describeCause(error.cause) };
  }
  return {
    code: 'internal',
    message: 'Something went wrong on our side.',
    cause: describeCause(error),
  };
}

export function fromPlainError(plain: PlainError): AppError {
  const { path, retryAfter, cause } = plain;
  return new AppError(plain.code, plain.message, { path, retryAfter, cause });
}

function describeCause(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause);
}

/** Exit codes of the command line (sysexits.h where one fits). */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  io: 74,
  taken: 75,
  permission: 77,
  config: 78,
} as const;

/** Ends the process with `code` and one line that says what to do. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly code: number;

  constructor(code: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The first 80 characters of foreign text, quoted and escaped, for use in an error message. */
export function quoteInput(text: string): string {
  const chars = [...text];
  return JSON.stringify(chars.length > 80 ? `${chars.slice(0, 80).join('')}…` : text);
}
