import { createServer, type IncomingMessage, type Server } from 'node:http';
import Router from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { Policy } from '../domain/principal.ts';
import { limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { answerClientError } from './client-error.ts';
import type { Ctx, State, Web } from './context.ts';
import { arrival, leisure } from './middleware/arrival.ts';
import { credits } from './middleware/credits.ts';
import { errors } from './middleware/errors.ts';
import { etag } from './middleware/etag.ts';
import { securityHeaders } from './middleware/headers.ts';
import { requirePolicy } from './middleware/policy.ts';
import { rateLimit } from './middleware/rate-limit.ts';
import { refusedBody } from './middleware/refused-body.ts';
import { transport } from './middleware/transport.ts';
import { promptPosts } from './prompt-post.ts';
import { routes } from './routes.ts';

/** How long a slow client may take, and how often that is looked at. */
export type Patience = {
  headersMs?: number;
  requestMs?: number;
  /** of a body that is read as it streams in */
  uploadMs?: number;
  /** of a connection on which nothing moves while a request or its answer is on its way */
  stallMs?: number;
  checkEveryMs?: number;
};

const patience: Required<Patience> = {
  headersMs: limits.headersTimeoutMs.value,
  requestMs: limits.requestTimeoutMs.value,
  uploadMs: limits.uploadTimeoutMs.value,
  stallMs: limits.stalledAnswerMs.value,
  checkEveryMs: 1000,
};

/** The HTTP server, not yet listening. */
export function createWebServer(web: Web, special: Patience = {}): Server {
  const { headersMs, requestMs, uploadMs, stallMs, checkEveryMs } = { ...patience, ...special };
  const handle = createKoa(web, requestMs, uploadMs).callback();
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: uploadMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: web.trustedProxies.rules.length > 0 ? 65_000 : 5_000,
      maxHeaderSize: limits.headerBytes.value,
      // transport() asks for it, so that the refusal has a body and the headers of every answer
      requireHostHeader: false,
    },
    promptPosts(web, handle),
  );
  server.timeout = stallMs;
  server.maxRequestsPerSocket = 1000;
  server.maxConnections = 4000;
  // The 100 is sent only when the body is wanted: after key, rate and length have been checked.
  server.on('checkContinue', (req: IncomingMessage & { expectsContinue?: boolean }, res) => {
    req.expectsContinue = true;
    void handle(req, res);
  });
  // Left to itself Node answers with a bare 417.
  server.on('checkExpectation', handle);
  server.on('clientError', answerClientError);
  return server;
}

function createKoa(web: Web, requestMs: number, uploadMs: number): Koa<State> {
  const koa = new Koa<State>();
  koa.proxy = false;
  koa.on('error', (error: Error) => {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const isClientGone = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code);
    web.log[isClientGone ? 'info' : 'error']('response_failed', { code, message: error.message });
  });
  koa.use(unreadAnswer(web.log));
  koa.use(refusedBody());
  koa.use(securityHeaders());
  koa.use(errors(web));
  koa.use(transport());
  koa.use(createRouter(web, requestMs, uploadMs).routes());
  return koa;
}

/** A client that left before its run was answered: the run is kept, and the log says so. */
function unreadAnswer(log: Log): Koa.Middleware<State> {
  return async (ctx, next) => {
    await next();
    if (ctx.status === 202 && ctx.res.destroyed) {
      log.info('answer_unread', { path: ctx.path, id: (ctx.body as { id?: string }).id });
    }
  };
}

function createRouter(web: Web, requestMs: number, uploadMs: number): Router<State> {
  const router = new Router<State>();
  const counted = [credits(web), etag()];
  /** what stands between the policy and the handler of an operation of the API */
  const guards: Record<Policy, Middleware<State>[]> = {
    ingest: [rateLimit(web)],
    read: counted,
    act: counted,
    admin: counted,
    page: [],
    public: [],
    manage: [],
    account: [],
    instance: [],
  };
  const inTime = arrival(requestMs);
  const atLeisure = leisure(uploadMs);
  for (const { method, path, policy, handle, streams } of routes) {
    const isApi = typeof path === 'string' && path.startsWith('/api/');
    const between = isApi ? guards[policy] : [];
    const waits = method === 'get' ? [] : [streams ? atLeisure : inTime];
    router[method](path, ...waits, requirePolicy(policy, web), ...between, (ctx) =>
      handle(ctx as unknown as Ctx, web),
    );
  }
  return router;
}
