import type { Clock } from '../clock.ts';
import { creditsLeft, type Usage } from '../domain/quota.ts';
import { quotaExceeded } from '../errors.ts';
import type { Store } from '../store/store.ts';

/**
 * Counts reads. They are kept in memory and written down every few seconds: a crash forgets at most
 * those. Runs are counted by the writer, in their own transaction.
 */
export class CreditMeter {
  readonly #store: Pick<Store, 'addCredits' | 'usage'>;
  readonly #clock: Clock;
  /** spent here and not yet written down */
  #pending = new Map<number, number>();
  /** how each workspace stood when it was last looked at; forgotten with each flush */
  readonly #known = new Map<number, Usage>();

  constructor(store: Pick<Store, 'addCredits' | 'usage'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Counts one admitted request. Throws `quota_exceeded`. */
  async spend(workspaceId: number): Promise<void> {
    const usage = await this.#standing(workspaceId);
    const pending = this.#pending.get(workspaceId) ?? 0;
    const left = creditsLeft(usage);
    if (left !== null && pending >= left) throw quotaExceeded(usage, this.#clock.now());
    this.#pending.set(workspaceId, pending + 1);
  }

  /** Where credits are limited the writer is counting runs too, so the answer must be of now. */
  async #standing(workspaceId: number): Promise<Usage> {
    const known = this.#known.get(workspaceId) ?? (await this.usage(workspaceId));
    return known.limit === null ? known : this.#store.usage(workspaceId, this.#clock.now());
  }

  /** How a workspace stands now, with all that was spent here written down. */
  async usage(workspaceId: number): Promise<Usage> {
    await this.#writeDown([workspaceId]);
    return this.#known.get(workspaceId)!;
  }

  /** Writes down what was spent; to be called every few seconds, and at the end. */
  async flush(): Promise<void> {
    this.#known.clear();
    if (this.#pending.size > 0) await this.#writeDown([...this.#pending.keys()]);
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
