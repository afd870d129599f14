import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { hashKey, isKeyForm, makeKey } from '../../src/domain/api-key.ts';

describe('API key', () => {
  it('is qlens_ and 36 letters or digits, because scanners of secrets look for that', () => {
    assert.match(makeKey(randomBytes), /^qlens_[0-9A-Za-z]{36}$/);
  });
  it('carries a checksum, so that a mistyped key is refused without a look-up', () => {
    const key = makeKey(randomBytes);
    assert.equal(isKeyForm(key), true);
    for (let i = 6; i < key.length; i++) {
      const wrong = key.slice(0, i) + (key[i] === 'a' ? 'b' : 'a') + key.slice(i + 1);
      assert.equal(isKeyForm(wrong), false, `character ${i}`);
    }
  });
  it('rejects bytes above 247, because they would make some characters likelier', () => {
    let calls = 0;
    const random = (n: number) => new Uint8Array(n).fill(calls++ === 0 ? 255 : 61);
    assert.match(makeKey(random), /^qlens_z{30}/);
  });
  it('is stored as its SHA-256 only', () => assert.equal(hashKey('x').length, 32));
});
