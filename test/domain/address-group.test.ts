import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressGroup } from '../../src/domain/address-group.ts';

describe('the address that failures count for', () => {
  for (const [address, group] of [
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ] as const) {
    it(`of ${address} is ${group}`, () => assert.equal(addressGroup(address), group));
  }
});
