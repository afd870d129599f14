import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readConfig, toBlockList } from '../src/config.ts';

const nowhere = '/nonexistent';
const refused = (flags: object, env: Record<string, string> = {}, folder = nowhere) => {
  try {
    readConfig(flags, env, folder);
  } catch (error) {
    return `${(error as { code: number }).code} ${(error as Error).message}`;
  }
  return 'accepted';
};

describe('configuration', () => {
  it('has a default for everything', () => {
    const { host, port, data, rateLimit } = readConfig({}, {}, nowhere);
    assert.deepEqual([host, port, data], ['127.0.0.1', 8080, './data']);
    assert.deepEqual(rateLimit, { requests: 60, windowMs: 60_000 });
  });
  it('a flag beats the environment, which beats the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
    writeFileSync(join(folder, 'qualitypilot.json'), '{"port":1,"host":"a","data":"f"}');
    const config = readConfig(
      { port: '3' },
      { QUALITYPILOT_PORT: '2', QUALITYPILOT_HOST: 'b' },
      folder,
    );
    assert.deepEqual([config.port, config.host, config.data], [3, 'b', 'f']);
    rmSync(folder, { recursive: true });
  });
  it('an unknown setting is refused by name, because a typo would be silent', () => {
    assert.match(
      refused({}, { QUALITYPILOT_PROT: '1' }),
      /^78 .*QUALITYPILOT_PROT is not a setting/,
    );
    assert.match(refused({ prot: '1' }), /^78 .*prot is not a setting/);
  });
  it('a wrong file is refused by name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
    writeFileSync(join(folder, 'qualitypilot.json'), '{');
    assert.match(refused({}, {}, folder), /^78 .*qualitypilot\.json is not valid JSON/);
    rmSync(folder, { recursive: true });
  });
  for (const [flags, message] of [
    [{ port: '70000' }, /78 .*port/],
    [{ port: 'x' }, /78 .*port/],
    [{ baseUrl: 'quality.example.com' }, /78 .*baseUrl must be an address/],
    [{ rateLimit: '60' }, /78 .*rateLimit must look like 60\/60s/],
    [{ trustedProxies: '10.0.0.0/64' }, /78 .*trustedProxies must be addresses/],
  ] as const) {
    it(`${JSON.stringify(flags)} is refused with what it should be`, () =>
      assert.match(refused(flags), message));
  }
  it('the rate is a number of requests in a number of seconds, or off', () => {
    assert.deepEqual(readConfig({ rateLimit: '5/10s' }, {}, nowhere).rateLimit, {
      requests: 5,
      windowMs: 10_000,
    });
    assert.equal(readConfig({ rateLimit: 'off' }, {}, nowhere).rateLimit, 'off');
  });
  it('networks of proxies are networks', () => {
    const list = toBlockList(['10.0.0.0/8', '::1']);
    assert.deepEqual(
      [list.check('10.9.9.9'), list.check('11.0.0.1'), list.check('::1', 'ipv6')],
      [true, false, true],
    );
  });
});
