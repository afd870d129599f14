import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureFields, type Telling, tellingOf } from '../../src/domain/failure-fields.ts';

const jestStack = `TypeError: boom
    at Object.toBe (/ci/app/node_modules/expect/build/index.js:10:5)
    at login (/ci/app/src/auth/login.ts:41:7)
    at processTicks (node:internal/process/task_queues:95:5)`;
const javaStack = `java.lang.NullPointerException: no session
	at java.base/java.util.Objects.requireNonNull(Objects.java:233)
	at org.junit.Assert.fail(Assert.java:88)
	at com.acme.Login.open(Login.java:12)`;
const pythonStack = `Traceback (most recent call last):
  File "/usr/lib/python3.12/unittest/case.py", line 58, in testPartExecutor
  File "/ci/app/tests/test_login.py", line 9, in test_login
AssertionError: nothing here`;
const goStack = `panic: runtime error: index out of range
goroutine 7 [running]:
main.login()
	/ci/app/login.go:31 +0x1d`;

describe('fields of a failure', () => {
  for (const [message, type] of [
    ['TypeError: boom', 'TypeError'],
    ['java.lang.NullPointerException: no session', 'NullPointerException'],
    ['a message before com.acme.Outer$InnerException', 'InnerException'],
    ['E   AssertionError: assert 1 == 2', 'AssertionError'],
    ['src/a.ts(1,2): error TS2345: no', 'TS2345'],
    ['connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'],
    ['panic: runtime error', 'panic'],
    ['an error in handleError of onTimeout', ''],
    ['', ''],
  ] as const) {
    it(`the type of ${JSON.stringify(message)} is ${JSON.stringify(type)}, because the first name counts`, () => {
      assert.equal(failureFields({ message, stack: null }).type, type);
    });
  }

  for (const [what, stack, type, template, frame] of [
    ['V8', jestStack, 'TypeError', 'TypeError: boom', 'login.ts login'],
    [
      'the JVM',
      javaStack,
      'NullPointerException',
      'java.lang.NullPointerException: no session',
      'Login.java com.acme.Login.open',
    ],
    [
      'Python',
      pythonStack,
      'AssertionError',
      'AssertionError: nothing here',
      'test_login.py test_login',
    ],
    ['Go', goStack, 'panic', 'panic: runtime error: index out of range main.login()', 'login.go'],
  ] as const) {
    it(`a stack of ${what} stands in for a message, and its first frame outside of libraries counts`, () => {
      assert.deepEqual(failureFields({ message: null, stack }), { type, template, frame });
      assert.equal(failureFields({ message: 'said so', stack }).template, 'said so');
      assert.equal(failureFields({ message: 'said so', stack }).type, type);
    });
  }

  it('frames, their number and lines after the tenth do not matter, because they move', () => {
    const template = (message: string): string => failureFields({ message, stack: null }).template;
    const lines = Array.from({ length: 10 }, (_, i) => `line ${'abcdefghij'[i]}`).join('\n');
    assert.equal(template(`${lines}\nline k`), template(lines));
    for (let frames = 0; frames <= 5; frames++) {
      const stack = '\n    at login (/ci/login.ts:1:2)'.repeat(frames);
      assert.equal(template(`TypeError: boom${stack}`), 'TypeError: boom');
    }
  });
  it('without any text there is nothing, because there is nothing to compare', () => {
    const nothing = { type: '', template: '', frame: null };
    assert.deepEqual(failureFields({ message: null, stack: null }), nothing);
    assert.deepEqual(failureFields({ message: ' \n ', stack: '' }), nothing);
  });

  for (const [message, telling] of [
    ['TypeError: cannot read property of session token', 'much'],
    ['AssertionError: expected 1 to be 2', 'little'],
    ['NullPointerException', 'little'],
    ['AssertionError', 'nothing'],
    ['Error: 17', 'nothing'],
    ['', 'nothing'],
  ] as [string, Telling][]) {
    it(`${JSON.stringify(message)} tells ${telling}, because common words and types fit any failure`, () => {
      assert.equal(tellingOf(failureFields({ message, stack: null })), telling);
    });
  }
});
