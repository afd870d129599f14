import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashPassword, matchesPassword } from '../../src/actions/accounts/password-hash.ts';
import { Passwords } from '../../src/actions/accounts/passwords.ts';
import { SignIn } from '../../src/actions/accounts/sign-in.ts';
import { Turns } from '../../src/actions/accounts/turns.ts';
import type { AppError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import type { Store } from '../../src/store/store.ts';
import { MovableClock } from '../helpers/movable-clock.ts';

const right = 'a few plain words';

describe('a hash of a password', () => {
  it('is argon2id with 46 MiB and a salt of its own', async () => {
    const [one, other] = await Promise.all([
      hashPassword(right, randomBytes),
      hashPassword(right, randomBytes),
    ]);
    assert.match(one, /^\$argon2id\$v=19\$m=47104,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, other);
    assert.equal(await matchesPassword(right, one), true);
    assert.equal(await matchesPassword(`${right} `, one), false);
    assert.equal(await matchesPassword(right, null), false);
  });
  it('costs as much where there is no account, because time tells names', async () => {
    const hash = await hashPassword(right, randomBytes);
    const costs: object[] = [];
    for (const one of [hash, null]) {
      await matchesPassword('wrong', one, ({ salt, ...derivation }) => {
        costs.push({ ...derivation, salt: salt.length });
        return Buffer.alloc(derivation.tagLength);
      });
    }
    assert.deepEqual(costs[0], costs[1]);
  });
  it('of another cost is still understood, so that the cost may rise', async () => {
    const cheap =
      '$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$L9sKnPJ50hTEzdPtByzWN4NQEuKpJ3dz9Zcl0dU5Nwg';
    assert.equal(await matchesPassword('wrong', cheap), false);
  });
});

describe('turns', () => {
  it('let so many work at once, in their order, also after one failed', async () => {
    const turns = new Turns(2, 10);
    let running = 0;
    const order: number[] = [];
    const work = (n: number) => async () => {
      assert.ok(++running <= 2);
      order.push(n);
      await sleep(1);
      running--;
      if (n === 1) throw new Error('one fails');
    };
    const all = Array.from({ length: 8 }, (_, n) => turns.take(work(n)));
    const settled = await Promise.allSettled(all);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.equal(settled.filter(({ status }) => status === 'rejected').length, 1);
  });
  it('turn away whoever would wait too long', async () => {
    const turns = new Turns(1, 1);
    const slow = turns.take(() => sleep(5));
    const next = turns.take(() => sleep(0));
    await assert.rejects(
      turns.take(() => sleep(0)),
      { code: 'busy' },
    );
    await Promise.all([slow, next]);
    await turns.take(() => sleep(0));
  });
});

describe('guessing', () => {
  let hash: string;
  const clock = new MovableClock();
  const passwords = new Passwords(randomBytes, 10_000);
  after(() => passwords.close());
  /** how many guesses were compared, not turned away */
  const fresh = () => {
    let compared = 0;
    const accounts = {
      findUser: async (login: string) =>
        login === 'ada' ? { id: 1, login, name: 'Ada', passwordHash: hash } : null,
      refuseSession: async () => {
        compared++;
      },
      beginSession: async () => 'token',
    };
    const signIn = new SignIn({ accounts } as unknown as Store, clock, passwords);
    const guess = (login: string, address: string, password = 'wrong'): Promise<string> =>
      signIn
        .begin({ login, password, place: { address, agent: '' }, former: null })
        .then(() => 'in')
        .catch((error: AppError) => error.code);
    return { guess, compared: () => compared };
  };
  before(async () => {
    hash = await hashPassword(right, randomBytes);
  });

  it('ten thousand guesses that come together: ten are looked at', async () => {
    const { guess, compared } = fresh();
    const codes = await Promise.all(
      Array.from({ length: 10_000 }, (_, i) => guess('ada', `192.0.2.${i % 250}`)),
    );
    assert.equal(compared(), 10);
    assert.equal(codes.filter((code) => code === 'rate_limited').length, 10_000 - compared());
  });
  it('many names from one address: ten, and an IPv6 network is one address', async () => {
    const { guess, compared } = fresh();
    for (let i = 0; i < 40; i++) await guess(`user-${i}`, `2001:db8::${i}`);
    assert.equal(compared(), 10);
    assert.equal(await guess('ada', '2001:db8::1', right), 'rate_limited');
    assert.equal(await guess('ada', '2001:db8:1::1', right), 'in');
  });
  it('an unknown account waits like a known one', async () => {
    const { guess } = fresh();
    for (let i = 0; i < 10; i++)
      assert.equal(await guess('nobody', `192.0.2.${i}`), 'unauthorized');
    assert.equal(await guess('NOBODY', '192.0.2.99'), 'rate_limited');
  });
  it('no account is locked for good: after a quarter of an hour it is as before', async () => {
    const { guess } = fresh();
    for (let i = 0; i < 10; i++) await guess('ada', `192.0.2.${i}`);
    assert.equal(await guess('ada', '192.0.2.99', right), 'rate_limited');
    clock.advance(limits.signInWindowMs.value);
    assert.equal(await guess('ada', '192.0.2.99', right), 'in');
  });
  it('does not keep the owner out where they signed in before', async () => {
    const { guess } = fresh();
    assert.equal(await guess('ada', '198.51.100.1', right), 'in');
    for (let i = 0; i < 12; i++) await guess('ada', `192.0.2.${i}`);
    assert.equal(await guess('ada', '198.51.100.1', right), 'in');
    assert.equal(await guess('ada', '198.51.100.2', right), 'rate_limited');
  });
  it('fifty people of one office who sign in together all come in', async () => {
    const { guess } = fresh();
    const all = await Promise.all(
      Array.from({ length: 50 }, () => guess('ada', '192.0.2.1', right)),
    );
    assert.deepEqual(new Set(all), new Set(['in']));
  });
});
