import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One answer as it came over the wire; header names in lower case, repeated ones joined. */
export type RawAnswer = {
  status: number;
  headers: Record<string, string>;
  body: string;
};

/** Everything that a connection said until it was closed, or until it was quiet for long enough. */
export type RawTalk = { answers: RawAnswer[]; isClosed: boolean; text: string };

const patienceMs = 10_000;

/**
 * Sends bytes as they are to the appliance at `url` and reads answers until `expect` of them have
 * come (1xx do not count) or the connection is closed. Our side stays open unless `fin` is set.
 * Rejects after ten seconds, so that no test hangs.
 */
export async function talk(
  url: string,
  bytes: string | Uint8Array,
  { expect = 1, fin = false }: { expect?: number; fin?: boolean } = {},
): Promise<RawTalk> {
  const connection = await openRaw(url);
  try {
    connection.isHead = Buffer.from(bytes.slice(0, 5)).toString() === 'HEAD ';
    connection.send(bytes);
    if (fin) connection.socket.end();
    return await connection.read(expect);
  } finally {
    connection.socket.destroy();
  }
}

export type RawConnection = {
  socket: Socket;
  /** the answers have no bodies, whatever length they tell */
  isHead: boolean;
  send(bytes: string | Uint8Array): void;
  /** waits for so many answers in all since the connection began, or for its end */
  read(expect: number): Promise<RawTalk>;
};

export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('end', () => {
    isClosed = true;
  });
  const connection: RawConnection = {
    socket,
    isHead: false,
    send: (bytes) => socket.write(bytes),
    read,
  };
  async function read(expect: number): Promise<RawTalk> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const text = Buffer.concat(chunks).toString('latin1');
      const answers = parseAnswers(text, connection.isHead);
      if (isClosed || answers.length >= expect) return { answers, isClosed, text };
      if (performance.now() > deadline) {
        throw new Error(`${answers.length} of ${expect} answers after ${patienceMs} ms: ${text}`);
      }
      await somethingOrASecond(socket);
    }
  }
  return connection;
}

/** Leaves no listener behind, however often it is waited for. */
async function somethingOrASecond(socket: Socket): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const events = ['data', 'close', 'end'].map((event) => once(socket, event, { signal }));
  const second = sleep(1000, undefined, { signal });
  try {
    await Promise.race([...events, second]);
  } finally {
    waiting.abort();
    await Promise.allSettled([...events, second]);
  }
}

/** Resolves once the other side has closed the connection. Rejects after ten seconds. */
export async function closedByPeer({ socket }: RawConnection): Promise<void> {
  if (socket.closed || socket.readableEnded) return;
  const late = AbortSignal.timeout(patienceMs);
  await Promise.race([
    once(socket, 'end', { signal: late }),
    once(socket, 'close', { signal: late }),
  ]);
}

/** A request in bytes; `Host` is added unless given, `Content-Length` with a body. */
export function request(
  method: string,
  target: string,
  headers: Record<string, string> | [string, string][] = {},
  body: string | Uint8Array = '',
): Buffer {
  const given = Array.isArray(headers) ? headers : Object.entries(headers);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const added: [string, string][] = [];
  if (!names.has('host')) added.push(['Host', 'localhost']);
  const hasFraming = names.has('content-length') || names.has('transfer-encoding');
  const bytes = Buffer.from(body);
  if (bytes.length > 0 && !hasFraming) added.push(['Content-Length', String(bytes.length)]);
  const lines = [...added, ...given].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines}\r\n`, 'latin1');
  return Buffer.concat([head, bytes]);
}

function parseAnswers(text: string, isHead: boolean): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) return answers;
    const [statusLine, ...lines] = text.slice(at, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine!)?.[1]);
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    const from = end + 4;
    const body = isHead ? { text: '', next: from } : readBodyFrom(text, from, headers);
    if (body === undefined) return answers;
    at = body.next;
    if (status >= 200) answers.push({ status, headers, body: body.text });
  }
}

/** undefined: not all of it is here yet. */
function readBodyFrom(
  text: string,
  from: number,
  headers: Record<string, string>,
): { text: string; next: number } | undefined {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(text, from);
  const next = from + Number(headers['content-length'] ?? 0);
  if (text.length < next) return undefined;
  return { text: fromLatin1(text.slice(from, next)), next };
}

function readChunks(text: string, from: number): { text: string; next: number } | undefined {
  let at = from;
  let body = '';
  for (;;) {
    const line = text.indexOf('\r\n', at);
    if (line === -1) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    const next = line + 2 + size + 2;
    if (text.length < next) return undefined;
    if (size === 0) return { text: fromLatin1(body), next };
    body += text.slice(line + 2, line + 2 + size);
    at = next;
  }
}

const fromLatin1 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
