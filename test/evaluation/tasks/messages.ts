import { failureFields } from '../../../src/domain/failure-fields.ts';
import { fingerprint } from '../../../src/domain/fingerprint.ts';
import { chance } from '../../domain/chance.ts';
import { maskedByLuci } from '../anchors/luci-masks.ts';
import { framesOf, messageOf, type Template, templateOf, withOtherWord } from '../messages.ts';
import { bootstrap } from '../metrics.ts';
import type { Setting } from '../setting.ts';
import type { Row } from '../table.ts';

type Said = { cause: number; message: string };
type Key = (message: string) => string;

const rules: [string, Key][] = [
  ['ours', (message) => fingerprint(failureFields({ message, stack: null }), 'suite')],
  ['LUCI masks', maskedByLuci],
  ['equal message', (message) => message],
];

const sayings = 8;

/** 200 templates, said eight times each with other fillings. */
function plain(next: () => number): Said[] {
  return Array.from({ length: 200 }, () => templateOf(next)).flatMap((template, cause) =>
    Array.from({ length: sayings }, () => ({ cause, message: messageOf(template, next) })),
  );
}

/** A hundred pairs of templates that differ in one word. */
function oneWordOff(next: () => number): Said[] {
  return Array.from({ length: 100 }, () => templateOf(next)).flatMap((one, pair) =>
    [one, withOtherWord(one, next)].flatMap((template: Template, which) =>
      Array.from({ length: sayings }, () => ({
        cause: 2 * pair + which,
        message: messageOf(template, next),
      })),
    ),
  );
}

/** The templates with none to five stack frames behind them. */
function framed(next: () => number): Said[] {
  return plain(next).map(({ cause, message }, i) => ({
    cause,
    message: message + framesOf(i % 6, next),
  }));
}

const sets: [string, (next: () => number) => Said[]][] = [
  ['200 templates', plain],
  ['pairs that differ in one word', oneWordOff],
  ['0 to 5 stack frames behind', framed],
];

/** Pairs of messages: told to be alike, really alike, and both. */
function pairsOf(said: readonly Said[], key: Key) {
  const keys = said.map(({ message }) => key(message));
  let [told, real, right] = [0, 0, 0];
  for (let b = 1; b < said.length; b++) {
    for (let a = 0; a < b; a++) {
      const isTold = keys[a] === keys[b];
      const isReal = said[a]!.cause === said[b]!.cause;
      told += Number(isTold);
      real += Number(isReal);
      right += Number(isTold && isReal);
    }
  }
  return { told, real, right };
}

type Pairs = ReturnType<typeof pairsOf>;
const total = (all: readonly Pairs[], of: keyof Pairs) =>
  all.reduce((sum, one) => sum + one[of], 0);

/** Whether messages of one template share a fingerprint, and those of others do not. */
export function messages({ seeds, firstSeed }: Setting): Row[] {
  return sets.flatMap(([on, make]) =>
    rules.flatMap(([rule, key]) => {
      const drawn = Array.from({ length: seeds }, (_, i) => {
        const next = chance(firstSeed + i);
        return pairsOf(make(next), key);
      });
      const row = (figure: string, of: keyof Pairs): Row => ({
        task: 'messages',
        on,
        rule,
        figure,
        value: bootstrap(drawn, (all) => total(all, 'right') / total(all, of)),
        ...(rule === 'ours' && { target: { min: 0.99 } }),
      });
      return [row('precision', 'told'), row('recall', 'real')];
    }),
  );
}
