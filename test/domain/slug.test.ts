import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSlug, matchesPattern } from '../../src/domain/slug.ts';

describe('slug', () => {
  const good = ['acme/web', 'a/b/c/d', 'Acme.Inc/web_app-2', '-a/b', Array(20).fill('x').join('/')];
  for (const slug of good) it(`${slug} is a repo`, () => assert.equal(isSlug(slug), true));

  const bad = [
    '',
    'a',
    'a/',
    '/a',
    'a//b',
    '../..',
    'a/..',
    'a/.',
    'a/-/b',
    'a b/c',
    'a/b\n',
    'ä/b',
    Array(21).fill('x').join('/'),
  ];
  for (const slug of bad) {
    it(`${JSON.stringify(slug)} is none, because it would break a URL or leave its folder`, () =>
      assert.equal(isSlug(slug), false));
  }

  it('patterns cover one part by * and any depth by **, ignoring case', () => {
    assert.equal(matchesPattern('acme/*', 'Acme/web'), true);
    assert.equal(matchesPattern('acme/*', 'acme/group/web'), false);
    assert.equal(matchesPattern('acme/**', 'acme/group/web'), true);
    assert.equal(matchesPattern('**', 'acme/web'), true);
    assert.equal(matchesPattern('acme/we*-app', 'acme/web-x-app'), true);
    assert.equal(matchesPattern('acme/web', 'acme/webs'), false);
    assert.equal(matchesPattern('a.me/web', 'acme/web'), false);
  });

  it('a hostile pattern costs no more than its length squared, because nothing backtracks twice', () => {
    assert.equal(matchesPattern(`${'*a'.repeat(90)}b/x`, `${'a'.repeat(190)}/x`), false);
  });
});
