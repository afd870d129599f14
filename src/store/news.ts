import type { IngestAnswer } from './ingest.ts';
import type { BatchAnswer } from './writer.ts';

/** What changed in which repo: an upload is there, or a judgement is made anew. */
export type NewsItem = { kind: 'stored' | 'judged'; repo: string };

/** Tells in this process what changed. Nobody listens mostly; then it costs a comparison a write. */
export class News {
  readonly #listeners = new Set<(item: NewsItem) => void>();

  /** Returns what ends it. */
  listen(listener: (item: NewsItem) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(item: NewsItem): void {
    for (const listener of this.#listeners) listener(item);
  }

  /** Tells of a run once it is stored. Its failure is for who waits for the answer. */
  ofRun(answer: Promise<IngestAnswer>, dryRun = false): Promise<IngestAnswer> {
    if (this.#listeners.size > 0 && !dryRun) answer.then((stored) => this.#stored(stored), ignore);
    return answer;
  }

  ofBatch(answer: Promise<BatchAnswer>, dryRun = false): Promise<BatchAnswer> {
    if (this.#listeners.size > 0 && !dryRun) {
      answer.then((entries) => {
        for (const entry of entries) if ('stored' in entry) this.#stored(entry.stored);
      }, ignore);
    }
    return answer;
  }

  #stored({ repo }: IngestAnswer): void {
    this.tell({ kind: 'stored', repo });
  }
}

const ignore = (): void => {};
