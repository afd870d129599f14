import { clusters } from '../../../domain/analytics-params.ts';
import { type DocPage, percent } from './doc-page.ts';

export const clustersPage: DocPage = {
  title: 'Clusters',
  lead: 'Failures that say the same are one cluster, whichever tests and runs they come from. A cluster has one fingerprint, which keeps its name as long as it is known.',
  sections: [
    {
      heading: 'What a message says',
      text: [
        'What changes from run to run is taken out: times, identities, addresses, paths, numbers. What is left of its first lines, with the name of the exception, is the fingerprint. Of “expected:<…> but was:<…>” what two texts share stays, and what differs goes. Quoted words stay: they tell one element from another.',
        'Where hardly a word is left, the suite joins the fingerprint.',
      ],
      formula: 'fingerprint = ef1: + the first 32 hex digits of SHA-256(type, NUL, template)',
    },
    {
      heading: 'Nearly the same',
      text: [
        'A new fingerprint joins the cluster of the most alike one that was seen before it, by the pairs of words that they share. It must also share some with the one that its cluster began with, so that a chain of small steps does not tie together what says something else.',
      ],
    },
    {
      heading: 'Failures of one run',
      text: [
        'The failures of a run are grouped by their clusters, and by the suite where they say little: so many failures, so many causes.',
      ],
    },
  ],
  parameters: [
    ['Characters looked at, at the start', clusters.head],
    ['and at the end', clusters.tail],
    ['Lines of a template', clusters.templateLines],
    ['Telling words below which the suite joins', clusters.minInformativeWords],
    ['Likeness from which two are one', clusters.minSimilarity],
    ['Longest ratio of lengths', clusters.maxLengthRatio],
    ['Shared with the first of the cluster, at least', percent(clusters.minCommonShare)],
    ['Fingerprints that a repo keeps, at most', clusters.fingerprints.most],
    ['Characters of the sample', clusters.sample],
  ],
  example: {
    text: 'Two failures of different runs: “expected 200, got 503 from http://10.0.0.7:8080/cart after 421 ms” and “expected 200, got 502 from http://10.0.0.9:8081/cart after 17 ms”.',
    steps: [
      ['The first says', 'expected <n>, got <n> from http://<url> after <n>'],
      ['The second says', 'expected <n>, got <n> from http://<url> after <n>'],
      ['Clusters', '1'],
    ],
  },
};
