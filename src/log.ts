/** One event is one line of JSON on stderr: no control characters, no secrets, no query strings. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type LogFields = Record<string, string | number | boolean | null | undefined>;

export type Log = {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
};

const order: LogLevel[] = ['debug', 'info', 'warn', 'error'];
const keyPattern = /qlens_[0-9A-Za-z]{36}/g;

export function openLog(
  write: (line: string) => void,
  now: () => number,
  least: LogLevel = 'info',
): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (order.indexOf(level) < order.indexOf(least)) return;
      write(`${formatLine({ time: new Date(now()).toISOString(), level, event, ...fields })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** JSON escapes C0; DEL and C1 are escaped here so that no terminal obeys a test name. */
function formatLine(fields: LogFields): string {
  return JSON.stringify(fields)
    .replace(keyPattern, 'qlens_[redacted]')
    .replace(
      /[\u007f-\u009f\u2028\u2029]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
