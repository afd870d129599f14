import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, httpStatusOf } from '../errors.ts';
import { headersOfEveryAnswer } from './middleware/headers.ts';

type ParserError = { code?: string; rawPacket?: Buffer };
type Refusal = { code: ErrorCode; message: string; allow?: string };

const refusals: Record<string, Refusal> = {
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'timeout', message: 'the request did not arrive in time' },
  HPE_HEADER_OVERFLOW: { code: 'headers_too_large', message: 'the headers exceed 16 KiB' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    code: 'too_large',
    message: 'the chunk extensions are too large',
  },
};
const notHttp: Refusal = { code: 'bad_request', message: 'this is not valid HTTP' };
const unknownMethod: Refusal = {
  code: 'method_not_allowed',
  message: 'use GET or POST',
  allow: 'GET, HEAD, POST',
};

/**
 * What the parser refused never becomes a whole request; it is answered on the bare socket, with
 * the headers that a begun answer has already (rate limit), and closed. A request that came whole
 * and still waits for its answer must not get this one: the connection is only cut.
 */
export function answerClientError(error: ParserError, socket: Duplex): void {
  const begun = (socket as { _httpMessage?: ServerResponse | null })._httpMessage;
  const isTooLate = begun != null && (begun.headersSent || begun.req.complete);
  if (!socket.writable || error.code === 'ECONNRESET' || isTooLate) {
    socket.destroy();
    return;
  }
  const { code, message, allow } = refusalOf(error);
  const body = JSON.stringify({ error: { code, message } });
  const headers = {
    ...(begun?.getHeaders() ?? headersOfEveryAnswer),
    ...(allow !== undefined && { allow }),
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  };
  const status = httpStatusOf[code];
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** A word that is no method is told apart from what is no HTTP at all, such as a TLS hello. */
function refusalOf({ code = '', rawPacket }: ParserError): Refusal {
  const isRequest = /^[A-Za-z!#$%&'*+.^_`|~-]{1,40} \/\S* HTTP\/1\.[01]\r\n/;
  const start = rawPacket?.subarray(0, 8192).toString('latin1') ?? '';
  if (code === 'HPE_INVALID_METHOD' && isRequest.test(start)) return unknownMethod;
  return refusals[code] ?? notHttp;
}
