import { culprit as params } from '../../../domain/analytics-params.ts';
import type { Culprit } from '../../../store/judge/judgement-rows.ts';
import { format } from '../../format.ts';
import { commitLink } from './commit-link.ts';

const mostShown = 12;
/** of a picture 100 wide */
const leastBar = 0.8;
/** What a shell may be told to check out: no option, no blank, nothing that it would expand. */
const checkable = /^[0-9a-zA-Z][\w./-]{0,99}$/;

/** Who may have broken something, the likeliest first, as views/partials/suspects.eta shows it. */
export function suspectsOf(slug: string, culprit: Culprit) {
  const { suspects, candidates, lastSurelyGood, firstSurelyBad, nextToTest } = culprit;
  return {
    rows: suspects.slice(0, mostShown).map(({ commit, probability }) => ({
      link: commitLink(slug, commit),
      probability: format.share(probability),
      bar: Math.max(leastBar, Math.round(probability * 1000) / 10),
    })),
    more: Math.max(0, suspects.length - mostShown),
    candidates,
    mass: format.share(params.setMass),
    lastSurelyGood: commitLink(slug, lastSurelyGood),
    firstSurelyBad: commitLink(slug, firstSurelyBad),
    next: commitLink(slug, nextToTest),
    command:
      nextToTest !== null && checkable.test(nextToTest) ? `git checkout ${nextToTest}` : null,
  };
}
