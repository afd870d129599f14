import type { MessagePort } from 'node:worker_threads';
import { accountReads, callVerb } from './accounts/verbs.ts';
import { Histories } from './history.ts';
import { digestJudgements } from './judge/digest.ts';
import { gradeAsOf } from './judge/grade-as-of.ts';
import { judgedReads } from './judged/verbs.ts';
import { findKey, listKeys } from './keys.ts';
import { otherCells } from './matrix.ts';
import { OverviewReads } from './overview.ts';
import { Reads } from './reads.ts';
import { answer, type Call, tell } from './rpc.ts';
import type { Db } from './sqlite.ts';
import { damageLine, isDamage } from './storage-error.ts';
import { Credits, listWorkspaces } from './workspaces.ts';

/**
 * A read-only thread: one call at a time, each a bounded query on one state of the file. A statement
 * outside of a transaction takes and gives back locks of the file, which costs more than most queries.
 */
export function serveReads(db: Db, port: MessagePort): void {
  const reads = new Reads(db);
  const overviews = new OverviewReads(db, reads);
  const histories = new Histories(db);
  const accounts = accountReads(db);
  const credits = new Credits(db);
  const verbs: Record<string, (...args: never[]) => unknown> = {
    ...judgedReads(db, reads, histories),
    findKey: (hash: Uint8Array) => findKey(db, hash),
    listKeys: (workspaceId: number | null) => listKeys(db, workspaceId),
    usage: credits.usage.bind(credits),
    listWorkspaces: (nowMs: number) => listWorkspaces(db, nowMs),
    accounts: (verb: string, args: unknown[]) => callVerb(accounts, verb, args),
    overview: overviews.read.bind(overviews),
    listRepos: reads.listRepos.bind(reads),
    getRepo: reads.getRepo.bind(reads),
    findRun: reads.findRun.bind(reads),
    listRuns: reads.listRuns.bind(reads),
    getRun: reads.getRun.bind(reads),
    listCases: reads.listCases.bind(reads),
    testHistory: histories.testHistory.bind(histories),
    troubledSuites: reads.troubledSuites.bind(reads),
    otherCells: (runSeq: number, limit: number) => otherCells(db, runSeq, limit),
    admissionsSince: reads.admissionsSince.bind(reads),
    gradeAsOf: (slug: string, asOfMs: number) => gradeAsOf(db, slug, asOfMs),
    digestJudgements: () => digestJudgements(db),
  };
  const onOneState = db.transaction((verb: (...args: never[]) => unknown, args: unknown[]) =>
    verb(...(args as never[])),
  );
  port.on('message', ({ id, method, args }: Call) => {
    if (method === 'close') {
      answer(port, id, () => void db.close());
      port.close();
      return;
    }
    answer(port, id, () => {
      const verb = verbs[method];
      if (verb === undefined) throw new Error(`a reader has no verb ${method}`);
      try {
        return onOneState(verb, args);
      } catch (cause) {
        const text = damageLine(db.name, (cause as Error).message);
        if (isDamage(cause)) tell(port, { notice: 'damage', text });
        throw cause;
      }
    });
  });
}
