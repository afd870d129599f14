import { durations } from '../../../domain/analytics-params.ts';
import { type DocPage, percent } from './doc-page.ts';

const { alert, effect, mannWhitney, commitEffect, spike } = durations;

export const durationsPage: DocPage = {
  title: 'Durations',
  lead: 'A slow-down is a test, or a whole run, that takes lastingly longer than it did. Slow machines and lone spikes are none.',
  sections: [
    {
      heading: 'Slow machines',
      text: [
        'When nearly all tests of a run take longer, the machine was slow. Each run has an effect: the median over its tests of how far they are off what is usual for them. It is taken out before single tests are judged. Where the effect itself rises for good, the whole run became slower, and that is told once.',
      ],
    },
    {
      heading: 'Changes of level',
      text: [
        'The passing results of a test, as logarithms, are cut into stretches of one level each. A cut must pay for itself: it costs a penalty, and what it saves is measured against the noise of the series. A change that is small, or that a test of ranks does not see, is dropped.',
      ],
      formula: `minimise Σ (y - level)² / σ² + ${durations.penalty} ln n per change; stretches of ${durations.minSegment} results or more`,
    },
    {
      heading: 'What is told',
      text: [
        'The last change, where it is an increase, large enough as a ratio and in milliseconds, and sure enough among all tests that were looked at (Benjamini-Hochberg).',
      ],
    },
  ],
  parameters: [
    ['Results of a test that are looked at', durations.window],
    ['Tests with a lower median are not judged', `${durations.minMedianMs} ms`],
    ['Shorter results count as', `${durations.floorMs} ms`],
    ['Tests that a run needs for an effect', commitEffect.tests],
    ['each with so many results', commitEffect.results],
    ['A spike is cut to', `${spike.sigmas} σ`],
    ['Least change, in logarithms', effect.min],
    ['and in pooled median deviations', effect.mads],
    ['Mann-Whitney p, at most', mannWhitney.maxP],
    ['Told from a ratio of', alert.ratio],
    ['and from', `${alert.ms} ms`],
    ['Expected share of false ones', percent(alert.falseDiscoveryRate)],
  ],
  example: {
    text: 'A test took about 200 ms at twenty commits and about 260 ms at the twelve since.',
    steps: [
      ['The level changes at result', '21'],
      ['Ratio', '1.30'],
      ['Added', '60 ms'],
      ['p', '0.0000029'],
      ['Told', 'yes'],
    ],
  },
};
