import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { redactSecrets } from '../../src/domain/redact.ts';

const secrets: [string, string][] = [
  ['credentials in a URL', 'postgres://admin:hunter22@db/x'],
  ['an Authorization header', 'Authorization: Bearer hunter22abc'],
  ['an Authorization header in JSON', '{"authorization":"Basic hunter22abc="}'],
  ['a bearer token in a sentence', 'sent bearer hunter22abcdefgh to the server'],
  ['an AWS key', 'using AKIAHUNTER22HUNTER22'],
  ['a GitHub token', 'ghp_hunter22hunter22hunter22hunter22hunt'],
  ['a GitLab token', 'glpat-hunter22hunter22hunter'],
  ['a Slack token', 'xoxb-1234-hunter22hunter'],
  ['a JWT', 'eyJhunter22xx.eyJhunter22yy.hunter22'],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nhunter22\n-----END RSA PRIVATE KEY-----'],
  ['password=', 'password=hunter22'],
  ['an environment dump', 'MY_APP_API_KEY=hunter22 PATH=/bin'],
  ['a quoted secret', `client_secret: "hunter22"`],
  ['one of our keys', `qlens_${'hunter22'.repeat(5).slice(0, 36)}`],
];

describe('redaction', () => {
  for (const [what, text] of secrets) {
    it(`${what} is not kept, because facts can never be changed`, () => {
      assert.doesNotMatch(redactSecrets(text), /hunter22|HUNTER22/);
    });
  }
  for (const text of [
    'expected 401, got 500',
    'key not found in map',
    'token expected after "{"',
    'see https://example.com/a:b',
    'tokens: 3 left',
  ]) {
    it(`"${text}" stays as it is, because it holds no secret`, () =>
      assert.equal(redactSecrets(text), text));
  }
  it('redacting twice is redacting once', () => {
    const words = fc.constantFrom(
      ...secrets.map(([, text]) => text),
      ' ',
      '\n',
      'x',
      'password=',
      ': ',
    );
    fc.assert(
      fc.property(
        fc.array(words).map((list) => list.join('')),
        (text) => {
          const once = redactSecrets(text);
          assert.equal(redactSecrets(once), once);
        },
      ),
    );
  });
});
