import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { describe, it } from 'node:test';
import { yieldToOthers } from '../../src/actions/accounts/yielding-thread.ts';

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { info: { code } });
};

describe('a thread that lets others go first', () => {
  it('asks for a tenth of what another gets', () => {
    const asked: number[] = [];
    const lower = (_: number, niceness?: number) => void asked.push(niceness!);
    yieldToOthers(lower);
    assert.deepEqual(asked, [10]);
    assert.ok(getPriority() < 10, 'the process as a whole is not held back');
  });

  it('goes on where that is forbidden, because people must be able to sign in there too', () => {
    assert.doesNotThrow(() => yieldToOthers(failing('EPERM')));
  });

  it('says what else went wrong', () => {
    assert.throws(() => yieldToOthers(failing('ESRCH')), /ESRCH/);
  });
});
