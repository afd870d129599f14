import type { IncidentLine } from '../../../store/judged/incident-reads.ts';
import { incidentPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';
import type { Span } from './chart.ts';
import { commitLink } from './commit-link.ts';
import { incidentWords, jointOf, placeOf, sinceOf, subjectOf } from './incident-words.ts';

const longestSubject = 100;
const longestPlace = 80;

export type IncidentRow = ReturnType<typeof incidentRow>;

/** An incident in few words, as the page of a repo shows it. */
export function incidentRow(incident: IncidentLine) {
  const { repo, id, kind, isOpen, openedAtMs, resolvedAtMs, culprit } = incident;
  const { commit, probability } = sinceOf(incident);
  const words = incidentWords[kind];
  const subject = format.middle(format.visible(subjectOf(incident)), longestSubject);
  return {
    href: incidentPath(repo, id),
    words,
    isOpen,
    openedAtMs,
    resolvedAtMs,
    subject,
    joint: subject === '' ? '' : jointOf(incident),
    says: words.says(incident),
    place: format.middle(format.visible(placeOf(incident)), longestPlace),
    since: commitLink(repo, commit),
    probability,
    nextToTest: culprit?.nextToTest ?? null,
  };
}

/** The incidents of a window as marks on its charts, numbered from the oldest on. */
export function incidentSpans(rows: readonly IncidentRow[]): Span[] {
  return rows.map(({ words, subject, joint, says, openedAtMs, isOpen, resolvedAtMs }, i) => ({
    fromMs: openedAtMs,
    toMs: isOpen ? null : resolvedAtMs,
    text: String(i + 1),
    title: `${i + 1} ${words.word}: ${subject}${joint}${says}, since ${format.date(openedAtMs)}`,
    tone: words.tone === 'bad' ? 'bad' : 'note',
  }));
}
