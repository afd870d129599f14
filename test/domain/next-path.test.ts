import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nextPath } from '../../src/domain/next-path.ts';

describe('where a sign-in leads', () => {
  for (const path of ['/', '/r/acme/web', '/r/acme/web?branch=a%2Fb&q=x', '/settings#top']) {
    it(`to ${path}`, () => assert.equal(nextPath(path), path));
  }
  for (const trap of [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '\t//evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    '/ /evil',
    '///evil.example',
    '',
    'r/acme',
    '/\u0000',
  ]) {
    it(`${JSON.stringify(trap)} leads home, because a browser could read it as another site`, () =>
      assert.equal(nextPath(trap), '/'));
  }
  it('whatever comes, a browser stays on this site', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      ':',
      '@',
      '?',
      '#',
      'evil',
      'https:',
      '\t',
      '%2f',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const site = 'https://quality.example';
        assert.equal(new URL(nextPath(pieces.join('')), `${site}/login`).origin, site);
      }),
      { numRuns: 2000 },
    );
  });
});
