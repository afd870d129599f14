import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import Router from '@koa/router';
import Koa from 'koa';
import { limits } from '../limits.ts';
import type { Ctx, State, Web } from './context.ts';
import { errors } from './middleware/errors.ts';
import { securityHeaders } from './middleware/headers.ts';
import { requirePolicy } from './middleware/policy.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { refusedBody } from './middleware/refused-body.ts';
import { transport } from './middleware/transport.ts';
import { routes } from './routes.ts';

/** The HTTP server, not yet listening. */
export function createWebServer(web: Web): Server {
  const handle = createKoa(web).callback();
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs.value,
      requestTimeout: limits.requestTimeoutMs.value,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: web.trustedProxies.rules.length > 0 ? 65_000 : 5_000,
      maxHeaderSize: 8 * 1024,
      requireHostHeader: true,
    },
    handle,
  );
  server.maxRequestsPerSocket = 1000;
  server.maxConnections = 4000;
  // The 100 is sent only when the body is wanted: after key, rate and length have been checked.
  server.on('checkContinue', (req: IncomingMessage & { expectsContinue?: boolean }, res) => {
    req.expectsContinue = true;
    void handle(req, res);
  });
  server.on('clientError', answerClientError);
  return server;
}

function createKoa(web: Web): Koa<State> {
  const koa = new Koa<State>();
  koa.proxy = false;
  koa.on('error', (error: Error) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const isClientGone = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code);
    web.log[isClientGone ? 'info' : 'error']('response_failed', { code, message: error.message });
  });
  koa.use(refusedBody());
  koa.use(securityHeaders());
  koa.use(errors(web));
  koa.use(transport());
  koa.use(createRouter(web).routes());
  return koa;
}

function createRouter(web: Web): Router<State> {
  const router = new Router<State>();
  const limit = rateLimit(web);
  for (const { method, path, policy, handle } of routes) {
    const guards = [requirePolicy(policy, web), ...(policy === 'ingest' ? [limit] : [])];
    router[method](path, ...guards, (ctx) => handle(ctx as unknown as Ctx, web));
  }
  return router;
}

const clientErrors: Record<string, [number, string, string, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'Request Timeout',
    'timeout',
    'the request did not arrive in time',
  ],
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    'headers_too_large',
    'the headers exceed 8 KiB',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [
    413,
    'Payload Too Large',
    'too_large',
    'the chunk extensions are too large',
  ],
};
const badRequest: [number, string, string, string] = [
  400,
  'Bad Request',
  'bad_request',
  'this is not valid HTTP',
];

/** What the parser refused never becomes a request; it is answered on the bare socket. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const hasAnswer =
    (socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent === true;
  if (!socket.writable || error.code === 'ECONNRESET' || hasAnswer) {
    socket.destroy();
    return;
  }
  const [status, reason, code, message] = clientErrors[error.code ?? ''] ?? badRequest;
  const body = JSON.stringify({ error: { code, message } });
  const head = `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
