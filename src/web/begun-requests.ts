import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Requests that have begun and are not yet answered. */
export class BegunRequests {
  readonly #open = new Set<ServerResponse>();

  constructor(server: Server) {
    const begin = (_req: IncomingMessage, res: ServerResponse) => {
      this.#open.add(res);
      res.once('close', () => this.#open.delete(res));
    };
    server.on('request', begin);
    server.on('checkContinue', begin);
  }

  /** Resolves when those begun until now have ended, later ones aside, or when the time is over. */
  async finished(withinMs: number): Promise<void> {
    const ended = [...this.#open].map(
      (res) => new Promise<void>((resolve) => res.once('close', resolve)),
    );
    let late: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      late = setTimeout(resolve, withinMs);
    });
    await Promise.race([Promise.all(ended), timeout]);
    clearTimeout(late);
  }
}
