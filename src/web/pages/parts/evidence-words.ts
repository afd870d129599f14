import { format } from '../../format.ts';

/** What a commit says of a test, attempts. */
type Unit = { failing: number; passing: number };

/** What the commits of a test say, oldest first, as a sentence; null where nothing passed, which the state says. */
export function evidenceInWords(units: readonly Unit[]): string | null {
  if (units.every(({ passing }) => passing === 0)) return null;
  const red = units.filter(({ failing }) => failing > 0);
  if (red.length === 0) return `It passed in ${all(units.length)}.`;
  const both = red.filter(({ passing }) => passing > 0).length;
  const lastPass = units.findLastIndex(({ passing }) => passing > 0);
  const newest = units.length - 1 - lastPass;
  if (newest > 1) return `It failed in each of the newest ${newest} commits, and passed before.`;
  const failed = `It failed in ${red.length} of ${format.plural(units.length, 'commit')}`;
  if (both === 0) return `${failed}, and passed in others.`;
  const where = both === red.length ? 'each' : String(both);
  return `${failed}, and in ${where} of them passed too, with the same code.`;
}

const all = (n: number): string => (n === 1 ? 'the one commit that counts' : `all ${n} commits`);
