import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runProgram } from '../helpers/run-program.ts';

describe('version', () => {
  it('tells version, commit, Node and SQLite, because a bug report needs all four', async () => {
    const { stdout } = await runProgram(['version']);
    assert.match(
      stdout,
      /^qualitypilot \d+\.\d+\.\d+\ncommit \w+\nnode 26\.\d+\.\d+\nsqlite 3\.\d+\.\d+\n$/,
    );
    const facts = JSON.parse((await runProgram(['version', '--json'])).stdout);
    assert.deepEqual(Object.keys(facts), ['version', 'commit', 'node', 'sqlite']);
  });
});
