import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

export type Answer = { status: number; body: Buffer };

/**
 * One keep-alive connection that sends a request and reads its answer, with as little work as
 * possible: a client must not use up the cores that it measures. Reconnects when the server closes.
 */
export class Connection {
  readonly #port: number;
  #socket: Socket | null = null;
  #received: Buffer[] = [];
  #wake: (() => void) | null = null;
  #failure: Error | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  post(path: string, key: string, body: readonly Uint8Array[]): Promise<Answer> {
    const length = body.reduce((sum, part) => sum + part.length, 0);
    return this.send([Buffer.concat([postHead(path, key, length), body[0]!]), ...body.slice(1)]);
  }

  async send(parts: readonly Uint8Array[]): Promise<Answer> {
    const socket = this.#socket ?? (await this.#open());
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
    return this.#answer();
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #open(): Promise<Socket> {
    const socket = connect(this.#port, '127.0.0.1');
    socket.setNoDelay(true);
    this.#socket = socket;
    this.#failure = null;
    this.#received = [];
    const fail = (failure: Error) => {
      if (this.#socket !== socket) return;
      this.#failure = failure;
      this.#wake?.();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#wake?.();
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed the connection')));
    await once(socket, 'connect');
    return socket;
  }

  async #answer(): Promise<Answer> {
    for (;;) {
      if (this.#received.length > 0) {
        const bytes =
          this.#received.length === 1 ? this.#received[0]! : Buffer.concat(this.#received);
        const answer = parse(bytes);
        if (answer !== null) {
          this.#received = [];
          if (answer.isLast) this.close();
          return answer;
        }
        this.#received = [bytes];
      }
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

/** null while the answer is not complete. Knows Content-Length and chunked bodies. */
function parse(bytes: Buffer): (Answer & { isLast: boolean }) | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.toString('latin1', 0, end).toLowerCase();
  const status = Number(head.slice(9, 12));
  const isLast = head.includes('\r\nconnection: close');
  const length = /\r\ncontent-length: (\d+)/.exec(head);
  if (length === null) {
    const isWhole = bytes.subarray(-5).equals(Buffer.from('0\r\n\r\n'));
    return isWhole ? { status, body: bytes.subarray(end + 4), isLast } : null;
  }
  const body = bytes.subarray(end + 4);
  return body.length < Number(length[1]) ? null : { status, body, isLast };
}

function postHead(path: string, key: string, length: number): Buffer {
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-API-Key: ${key}\r\nContent-Length: ${length}\r\n\r\n`,
  );
}

export function getHead(path: string, key: string, cookie: string): Buffer {
  const who = `X-API-Key: ${key}\r\nCookie: ${cookie}`;
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${who}\r\n\r\n`);
}

/** The same through node:http and an agent that keeps connections, as an ordinary client would. */
export class AgentConnection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  post(path: string, key: string, body: readonly Uint8Array[]): Promise<Answer> {
    const headers = {
      'content-type': 'application/json',
      'content-length': body.reduce((sum, part) => sum + part.length, 0),
      'x-api-key': key,
    };
    return new Promise((resolve, reject) => {
      const to = { host: '127.0.0.1', port: this.#port, path };
      const req = request({ ...to, method: 'POST', headers, agent: this.#agent }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () => resolve({ status: res.statusCode!, body: Buffer.concat(chunks) }));
      });
      req.on('error', reject);
      for (const part of body) req.write(part);
      req.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
