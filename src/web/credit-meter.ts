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
  /** spent here, and not yet on its way to the disk */
  readonly #pending = new Map<number, number>();
  /** on its way to the disk */
  readonly #writing = new Map<number, number>();
  /** how each unlimited workspace stood when it was last looked at; forgotten with each flush */
  readonly #known = new Map<number, Usage>();

  constructor(store: Pick<Store, 'addCredits' | 'usage'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Counts one admitted request; nothing is written for it. Throws `quota_exceeded`. */
  async spend(workspaceId: number): Promise<void> {
    const usage = await this.#standing(workspaceId);
    const unwritten = of(this.#pending, workspaceId) + of(this.#writing, workspaceId);
    const left = creditsLeft(usage);
    if (left !== null && unwritten >= left) throw quotaExceeded(usage, this.#clock.now());
    add(this.#pending, workspaceId, 1);
  }

  /** Where credits are limited the writer is counting runs too, so the answer must be of now. */
  async #standing(workspaceId: number): Promise<Usage> {
    const known = this.#known.get(workspaceId);
    if (known !== undefined) return known;
    const usage = await this.#store.usage(workspaceId, this.#clock.now());
    this.#learn(workspaceId, usage);
    return usage;
  }

  #learn(workspaceId: number, usage: Usage): void {
    if (usage.limit === null) this.#known.set(workspaceId, usage);
    else this.#known.delete(workspaceId);
  }

  /** How a workspace stands now, with all that was spent here written down. */
  async usage(workspaceId: number): Promise<Usage> {
    return (await this.#writeDown([workspaceId]))[0]!;
  }

  /** Writes down what was spent; to be called every few seconds, and at the end. */
  async flush(): Promise<void> {
    this.#known.clear();
    if (this.#pending.size > 0) await this.#writeDown([...this.#pending.keys()]);
  }

  async #writeDown(workspaces: number[]): Promise<Usage[]> {
    const spent = workspaces.map((workspaceId) => ({
      workspaceId,
      credits: of(this.#pending, workspaceId),
    }));
    for (const { workspaceId, credits } of spent) {
      this.#pending.delete(workspaceId);
      add(this.#writing, workspaceId, credits);
    }
    try {
      const usages = await this.#store.addCredits(spent, this.#clock.now());
      spent.forEach(({ workspaceId }, i) => {
        this.#learn(workspaceId, usages[i]!);
      });
      return usages;
    } catch (error) {
      for (const { workspaceId, credits } of spent) add(this.#pending, workspaceId, credits);
      throw error;
    } finally {
      for (const { workspaceId, credits } of spent) add(this.#writing, workspaceId, -credits);
    }
  }
}

const of = (counts: ReadonlyMap<number, number>, workspaceId: number): number =>
  counts.get(workspaceId) ?? 0;

/** A count of 0 is none. */
function add(counts: Map<number, number>, workspaceId: number, credits: number): void {
  const sum = of(counts, workspaceId) + credits;
  if (sum === 0) counts.delete(workspaceId);
  else counts.set(workspaceId, sum);
}
