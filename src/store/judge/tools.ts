import type { Db } from '../sqlite.ts';
import { ClusterBook } from './cluster-book.ts';
import { BranchSettings } from './default-branch.ts';
import { JudgeFacts } from './facts.ts';
import { JudgementRows } from './judgement-rows.ts';
import { SavedStates } from './saved-state.ts';
import { TestNames } from './test-names.ts';

/** What all repos are judged with. */
export type Tools = {
  db: Db;
  facts: JudgeFacts;
  saved: SavedStates;
  rows: JudgementRows;
  branches: BranchSettings;
  names: TestNames;
  clusters: ClusterBook;
  /** about how many pages of the file were written */
  onWrite: (pages: number) => void;
  /** Ends the transaction of reads that may be open, so that a write is one of its own. */
  endReading: () => void;
};

export const openTools = (db: Db, hooks: Pick<Tools, 'onWrite' | 'endReading'>): Tools => ({
  db,
  facts: new JudgeFacts(db),
  saved: new SavedStates(db),
  rows: new JudgementRows(db),
  branches: new BranchSettings(db),
  names: new TestNames(db),
  clusters: new ClusterBook(db),
  ...hooks,
});
