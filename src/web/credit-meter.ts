import type { Clock } from '../clock.ts';
import { creditsLeft, type Usage } from '../domain/quota.ts';
import { quotaExceeded } from '../errors.ts';
import type { Store } from '../store/store.ts';

/**
 * Counts reads. They are kept in memory and written down every few seconds: a crash forgets at most
 * those. Runs are counted by the writer, in their own transaction.
 */
export class CreditMeter {
  readonly #store: Pick<Store, 'addCredits'>;
  readonly #clock: Clock;
  /** spent here and not yet written down */
  #pending = new Map<number, number>();
  /** how each workspace stood when it was last looked at */
  readonly #known = new Map<number, Usage>();

  constructor(store: Pick<Store, 'addCredits'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Counts one admitted request. Throws `quota_exceeded`. */
  async spend(workspaceId: number): Promise<void> {
    const known = this.#known.get(workspaceId);
    const isOver = known !== undefined && known.resetAtMs <= this.#clock.now();
    const usage = known === undefined || isOver ? await this.usage(workspaceId) : known;
    const pending = this.#pending.get(workspaceId) ?? 0;
    const left = creditsLeft(usage);
    if (left !== null && pending >= left) throw quotaExceeded(usage, this.#clock.now());
    this.#pending.set(workspaceId, (this.#pending.get(workspaceId) ?? 0) + 1);
  }

  /** How a workspace stands now, with all that was spent here written down. */
  async usage(workspaceId: number): Promise<Usage> {
    await this.#writeDown([workspaceId]);
    return this.#known.get(workspaceId)!;
  }

  /** Writes down what was spent; to be called every few seconds, and at the end. */
  async flush(): Promise<void> {
    if (this.#known.size > 0) await this.#writeDown([...this.#known.keys()]);
  }

  async #writeDown(workspaces: number[]): Promise<void> {
    const spent = workspaces.map((workspaceId) => ({
      workspaceId,
      credits: this.#pending.get(workspaceId) ?? 0,
    }));
    for (const { workspaceId } of spent) this.#pending.delete(workspaceId);
    try {
      const usages = await this.#store.addCredits(spent, this.#clock.now());
      spent.forEach(({ workspaceId }, i) => {
        this.#known.set(workspaceId, usages[i]!);
      });
    } catch (error) {
      for (const { workspaceId, credits } of spent) {
        this.#pending.set(workspaceId, (this.#pending.get(workspaceId) ?? 0) + credits);
      }
      throw error;
    }
  }
}
