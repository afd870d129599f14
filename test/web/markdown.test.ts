import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { resource } from '../../src/resources.ts';
import { markdown } from '../../src/web/markdown.ts';
import { handbooks } from '../../src/web/pages/docs/contents.ts';

const html = (text: string) => markdown(text, (target) => (target === 'no' ? null : `/${target}`));

describe('Markdown as the docs use it', () => {
  it('headings can be linked to', () => {
    assert.equal(html('## The folder, again'), '<h2 id="the-folder-again">The folder, again</h2>');
  });
  it('lines of a paragraph belong together, until a blank one', () => {
    assert.equal(html('a\nb\n\nc'), '<p>a\nb</p>\n<p>c</p>');
  });
  it('code means nothing, also in a table', () => {
    assert.equal(
      html('`**a** <b>` and **c**'),
      '<p><code>**a** &lt;b&gt;</code> and <strong>c</strong></p>',
    );
    assert.match(
      html('| a | b |\n|---|---|\n| `x` | y \\| z |'),
      /<th scope="row"><code>x<\/code><\/th><td>y \| z<\/td>/,
    );
  });
  it('a fence holds what is in it, blank lines too', () => {
    assert.match(html('```sh\na\n\n# b\n```\nc'), /<pre [^>]*>a\n\n# b<\/pre>\n<p>c<\/p>/);
  });
  it('a list goes on where its lines are indented', () => {
    assert.equal(html('- a\n  b\n- c\n\nd'), '<ul><li>a\nb</li><li>c</li></ul>\n<p>d</p>');
    assert.equal(html('1. a\n2. b'), '<ol><li>a</li><li>b</li></ol>');
  });
  it('a link leads where it is said to, or nowhere', () => {
    assert.equal(html('[a](b) [c](no)'), '<p><a href="/b">a</a> c</p>');
  });
  it('everything else is text', () => {
    assert.equal(html('<img src=x onerror="a">'), '<p>&lt;img src=x onerror=&quot;a&quot;&gt;</p>');
  });

  for (const name of handbooks) {
    it(`all of docs/${name}.md is understood, because marks that are left over would show`, () => {
      const text = readFileSync(join(resource('docs'), `${name}.md`), 'utf8');
      const page = markdown(text, () => null).replaceAll(/<(code|pre)[\s>].*?<\/\1>/gs, '');
      assert.doesNotMatch(page.replaceAll(/<[^>]*>/g, ''), /```|\*\*|^\||\]\(|^#/m);
    });
  }
});
