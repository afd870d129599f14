import assert from 'node:assert/strict';
import { after, describe, it, mock } from 'node:test';
import { Parser } from '../../src/store/parser.ts';

const report = '<testsuite name="s"><testcase name="n" classname="c"/></testsuite>';

describe('the parser thread', () => {
  const parser = new Parser();
  after(async () => {
    mock.timers.reset();
    await parser.close();
  });

  it('does not end under an upload, however often those before it were given up', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    for (let i = 0; i < 3; i++) {
      const givenUp = parser.open('junit');
      givenUp.drop();
      givenUp.drop();
    }
    const upload = parser.open('junit');
    mock.timers.tick(60_000);
    await upload.write(new TextEncoder().encode(report));
    const { cases } = await upload.end({ repo: 'acme/web' });
    assert.equal(cases.count, 1);
  });
});
