import type { AuditAction } from '../../domain/audit-actions.ts';
import type { Page } from '../reads.ts';
import type { Db } from '../sqlite.ts';

/** Who did something, from where. `operator` is whoever can open the control socket. */
export type Actor = {
  kind: 'user' | 'key' | 'operator' | 'nobody';
  /** of the user or key */
  id: number | null;
  name: string;
  /** null: the command line */
  address: string | null;
};

export const theOperator: Actor = {
  kind: 'operator',
  id: null,
  name: 'command line',
  address: null,
};

export type AuditEntry = {
  seq: number;
  atMs: number;
  workspaceId: number | null;
  actor: Actor;
  action: AuditAction;
  subject: string;
};

/** Null stands for the whole appliance, which is above all workspaces. */
export type AuditScope = { workspaceId: number | null; withAppliance: boolean };

type Event = { action: AuditAction; subject: string; workspaceId: number | null };

/** To be called in the transaction that does it. */
export function record(db: Db, event: Event, by: Actor, nowMs: number): void {
  db.prepare(
    `INSERT INTO audit (at_ms, workspace_id, actor_kind, actor_id, actor, action, subject, address)
     VALUES (:nowMs, :workspaceId, :kind, :id, :name, :action, :subject, :address)`,
  ).run({ nowMs, ...event, ...by });
}

type Row = Omit<AuditEntry, 'actor'> & {
  kind: Actor['kind'];
  actorId: number | null;
  name: string;
  address: string | null;
};

/** Newest first, of one workspace, with what concerns the whole appliance or without. */
export function listAudit(
  db: Db,
  { workspaceId, withAppliance }: AuditScope,
  limit: number,
  cursor: number | null,
): Page<AuditEntry> {
  const rows = db
    .prepare<object, Row>(
      `SELECT seq, at_ms AS atMs, workspace_id AS workspaceId, actor_kind AS kind,
         actor_id AS actorId, actor AS name, action, subject, address
       FROM audit
       WHERE seq < :before AND (workspace_id = :workspaceId OR (:all AND workspace_id IS NULL))
       ORDER BY seq DESC LIMIT :limit`,
    )
    .all({
      workspaceId,
      all: withAppliance ? 1 : 0,
      before: cursor ?? Number.MAX_SAFE_INTEGER,
      limit: limit + 1,
    });
  const items = rows.slice(0, limit).map(({ kind, actorId: id, name, address, ...row }) => ({
    ...row,
    actor: { kind, id, name, address },
  }));
  return { items, next: rows.length > limit ? String(items.at(-1)!.seq) : null };
}
