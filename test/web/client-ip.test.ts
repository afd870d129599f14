import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { toBlockList } from '../../src/config.ts';
import { clientIp } from '../../src/web/client-ip.ts';

const trusted = toBlockList(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);

const ip = (peer: string, forwarded?: string): string =>
  clientIp(
    {
      socket: { remoteAddress: peer },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    } as unknown as IncomingMessage,
    trusted,
  );

describe('the address of a client', () => {
  it('is the peer’s, whatever it says, because anyone can write a header', () => {
    assert.equal(ip('203.0.113.7', '1.2.3.4'), '203.0.113.7');
    assert.equal(ip('203.0.113.7'), '203.0.113.7');
  });

  it('behind a trusted proxy is the rightmost that is none, because the rest is hearsay', () => {
    assert.equal(ip('10.0.0.1', '1.2.3.4'), '1.2.3.4');
    assert.equal(ip('10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2'), '1.2.3.4');
    assert.equal(ip('127.0.0.1', '1.2.3.4,10.9.9.9 , 127.0.0.1'), '1.2.3.4');
    assert.equal(ip('fd00::1', '2001:db8::5'), '2001:db8::5');
  });

  it('is the same in IPv4 and mapped into IPv6, because the socket may be either', () => {
    assert.equal(ip('::ffff:10.0.0.1', '::ffff:1.2.3.4'), '1.2.3.4');
    assert.equal(ip('::ffff:203.0.113.7', '1.2.3.4'), '203.0.113.7');
  });

  it('is the proxy’s where its header is missing, garbled or names only proxies', () => {
    for (const header of [undefined, '', ',,,', 'unknown', 'a b', '1.2.3.4, for=5', '10.0.0.2']) {
      assert.equal(ip('10.0.0.1', header), '10.0.0.1', String(header));
    }
  });

  it('looks at a bounded part of the header, because it may be long', () => {
    assert.equal(ip('10.0.0.1', `1.2.3.4${', 10.0.0.2'.repeat(500)}`), '10.0.0.1');
    assert.equal(ip('10.0.0.1', `${','.repeat(5000)}1.2.3.4`), '1.2.3.4');
  });
});
