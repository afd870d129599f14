import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type FailureText, failureFields } from '../../domain/failure-fields.ts';
import { fingerprint } from '../../domain/fingerprint.ts';

/** Messages of CI come again and again: enough for the distinct ones of a day, in a megabyte. */
const mostKnown = 8192;

/** All but those of `0x` and `::1`, the two places where it matters which digit it is. */
const anyDigit = /0(?![xX])|(?<!::)1|[3-9]/g;

/**
 * Fingerprints of failures, without looking again at texts that were seen before. Texts that differ
 * in digits alone count as one: only the name of an exception lets a digit through.
 */
export class FingerprintMemo {
  readonly #known = new LRUCache<string, string>({ max: mostKnown });
  /** texts that had to be looked at */
  misses = 0;

  of(text: FailureText, suite: string): string {
    const whole = `${suite}\0${text.message ?? ''}\0${text.stack ?? ''}`;
    const alike = keyOf(whole.replace(anyDigit, '2'));
    const exact = (): string => keyOf(`=${whole}`);
    return (
      this.#known.get(alike) ?? this.#known.get(exact()) ?? this.#look(text, suite, alike, exact())
    );
  }

  #look(text: FailureText, suite: string, alike: string, exact: string): string {
    this.misses++;
    const fields = failureFields(text);
    const found = fingerprint(fields, suite);
    this.#known.set(/\d/.test(fields.type) ? exact : alike, found);
    return found;
  }
}

/** Of one length, however long the text. */
const keyOf = (text: string): string => hash('sha256', text, 'base64');
