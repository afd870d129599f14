import { creditLimit, monthEndMs, monthOf, type Plan, type Usage } from '../domain/quota.ts';
import { AppError, quotaExceeded } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Actor, record } from './accounts/audit.ts';
import type { Db } from './sqlite.ts';

export type WorkspaceFacts = {
  id: number;
  name: string;
  plan: Plan;
  monthlyCredits: number;
  createdAtMs: number;
  usage: Usage;
};

type Row = {
  id: number;
  name: string;
  plan: Plan;
  monthly_credits: number;
  created_at_ms: number;
};

/** Returns the id of the new workspace. */
export function createWorkspace(db: Db, name: string, by: Actor, nowMs: number): number {
  const workspaceId = insertWorkspace(db, name, nowMs);
  record(db, { action: 'workspace.create', subject: name, workspaceId }, by, nowMs);
  return workspaceId;
}

/** A fresh appliance locks nothing on one's own host: the plan is team unless told otherwise. */
export function insertWorkspace(db: Db, name: string, nowMs: number, plan: Plan = 'team'): number {
  const { lastInsertRowid } = db
    .prepare(
      'INSERT INTO workspaces (name, plan, monthly_credits, created_at_ms) VALUES (?, ?, ?, ?)',
    )
    .run(name, plan, limits.monthlyCredits.value, nowMs);
  return Number(lastInsertRowid);
}

export type PlanChange = { plan: Plan; monthlyCredits: number | null };

/** Sets the plan; null keeps the credits as they are. Throws not_found. */
export function setPlan(
  db: Db,
  id: number,
  { plan, monthlyCredits }: PlanChange,
  by: Actor,
  nowMs: number,
): void {
  const { changes } = db
    .prepare(
      'UPDATE workspaces SET plan = ?, monthly_credits = coalesce(?, monthly_credits) WHERE id = ?',
    )
    .run(plan, monthlyCredits, id);
  if (changes === 0) throw new AppError('not_found', `there is no workspace ${id}`);
  record(db, { action: 'workspace.plan', subject: plan, workspaceId: id }, by, nowMs);
}

export function listWorkspaces(db: Db, nowMs: number): WorkspaceFacts[] {
  const credits = new Credits(db);
  return db
    .prepare<[], Row>('SELECT * FROM workspaces ORDER BY id LIMIT 10000')
    .all()
    .map((row) => ({
      id: row.id,
      name: row.name,
      plan: row.plan,
      monthlyCredits: row.monthly_credits,
      createdAtMs: row.created_at_ms,
      usage: credits.usage(row.id, nowMs),
    }));
}

/**
 * Credits per workspace and month. The month in use never goes back: where the clock does, the
 * newest month that was counted goes on.
 */
export class Credits {
  readonly #sql;
  /** taken in the open transaction, written once before it commits; `isFree`: without a limit */
  readonly #taken = new Map<number, { credits: number; nowMs: number; isFree: boolean }>();
  /** whose credit the run at hand took */
  #last: number | null = null;

  constructor(db: Db) {
    this.#sql = {
      workspace: db.prepare<[number], Pick<Row, 'plan' | 'monthly_credits'>>(
        'SELECT plan, monthly_credits FROM workspaces WHERE id = ?',
      ),
      newest: db.prepare<[number], { month: number; used: number }>(
        'SELECT month, used FROM credits WHERE workspace_id = ? ORDER BY month DESC LIMIT 1',
      ),
      add: db.prepare(
        `INSERT INTO credits (workspace_id, month, used) VALUES (?, ?, ?)
         ON CONFLICT (workspace_id, month) DO UPDATE SET used = used + excluded.used`,
      ),
    };
  }

  usage(workspaceId: number, nowMs: number): Usage {
    const { plan, monthly_credits } = this.#sql.workspace.get(workspaceId)!;
    const newest = this.#sql.newest.get(workspaceId);
    const month = Math.max(monthOf(nowMs), newest?.month ?? 0);
    return {
      plan,
      used: newest?.month === month ? newest.used : 0,
      limit: creditLimit(plan, monthly_credits),
      resetAtMs: monthEndMs(month),
    };
  }

  /** Counts requests that were admitted already, above the limit too. */
  add(workspaceId: number, credits: number, nowMs: number): void {
    const newest = this.#sql.newest.get(workspaceId);
    this.#sql.add.run(workspaceId, Math.max(monthOf(nowMs), newest?.month ?? 0), credits);
  }

  /** Before a run: nothing was taken for it yet. */
  begin(): void {
    this.#last = null;
  }

  /** Counts one run of the open transaction, or throws `quota_exceeded`. */
  take(workspaceId: number, nowMs: number): void {
    const taken = this.#taken.get(workspaceId) ?? this.#first(workspaceId);
    if (!taken.isFree) {
      const usage = this.usage(workspaceId, nowMs);
      if (usage.used + taken.credits >= usage.limit!) throw quotaExceeded(usage, nowMs);
    }
    taken.credits++;
    taken.nowMs = nowMs;
    this.#last = workspaceId;
  }

  #first(workspaceId: number) {
    const { plan, monthly_credits } = this.#sql.workspace.get(workspaceId)!;
    const isFree = creditLimit(plan, monthly_credits) === null;
    const taken = { credits: 0, nowMs: 0, isFree };
    this.#taken.set(workspaceId, taken);
    return taken;
  }

  /** The run at hand is undone. */
  giveBack(): void {
    const taken = this.#last === null ? undefined : this.#taken.get(this.#last);
    if (taken !== undefined) taken.credits--;
    this.#last = null;
  }

  flush(): void {
    for (const [workspaceId, { credits, nowMs }] of this.#taken) {
      if (credits > 0) this.add(workspaceId, credits, nowMs);
    }
    this.forget();
  }

  /** The transaction is over, or undone. */
  forget(): void {
    this.#taken.clear();
    this.#last = null;
  }
}

export type Spent = { workspaceId: number; credits: number };

/** Writes down what was spent on reads and tells how each workspace stands then. */
export function addCredits(db: Db, spent: readonly Spent[], nowMs: number): Usage[] {
  const counted = new Credits(db);
  return spent.map(({ workspaceId, credits }) => {
    if (credits > 0) counted.add(workspaceId, credits, nowMs);
    return counted.usage(workspaceId, nowMs);
  });
}
