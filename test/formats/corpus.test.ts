import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CtrfReader } from '../../src/formats/ctrf/ctrf-reader.ts';
import { ctrfSchema } from '../../src/formats/ctrf/ctrf-schema.ts';
import { GoTestReader } from '../../src/formats/gotest/gotest-reader.ts';
import { JunitReader } from '../../src/formats/junit/junit-reader.ts';
import {
  corpus,
  goTests,
  hasCorpus,
  junitCases,
  junitCounts,
  junitTimes,
  junitWarnings,
} from './corpus.ts';
import { codeOf, type Reading, read } from './reading.ts';

const junit = (bytes: Uint8Array) => read((notes) => new JunitReader(notes), bytes);
const file = (...path: string[]) => readFileSync(join(corpus, ...path));

if (!hasCorpus) {
  it(`the reports of other projects are not at ${corpus}: nothing of them was tested`, () => {});
} else {
  describe('JUnit XML of other projects', () => {
    it('every file has an expected outcome, because an unlisted one would prove nothing', () => {
      const files = globSync('**/*.xml', { cwd: join(corpus, 'junit') });
      assert.deepEqual(files.sort(), Object.keys(junitCounts).sort());
    });

    for (const [name, expected] of Object.entries(junitCounts)) {
      it(`${name} is ${expected}, because that is what its cases say`, () => {
        const result = codeOf(() => junit(file('junit', name)));
        if (typeof result === 'string') assert.equal(result, expected);
        else check(name, expected, result);
      });
    }

    it('every noted case, warning and time belongs to a file, because a typo would hide it', () => {
      const noted = [junitCases, junitWarnings, junitTimes].flatMap((table) => Object.keys(table));
      assert.deepEqual(
        noted.filter((name) => junitCounts[name] === undefined),
        [],
      );
    });
  });

  describe('go test -json of other projects', () => {
    for (const [name, expected] of Object.entries(goTests)) {
      it(`${name} is ${expected.counts}, because that is what its events say`, () => {
        const bytes = file('gotest/input', name);
        const { counts, cases } = read((notes) => new GoTestReader(notes), bytes);
        const failed = cases.filter(({ status }) => status === 'failed');
        assert.equal(counts, expected.counts);
        assert.deepEqual(failed.map((item) => item.name).sort(), expected.failed);
      });
    }

    it('every file has an expected outcome, because an unlisted one would prove nothing', () => {
      const files = globSync('*', { cwd: join(corpus, 'gotest/input') });
      assert.deepEqual(files.sort(), Object.keys(goTests).sort());
    });
  });

  describe('the normative cases of CTRF', () => {
    type Normative = {
      tests: { description: string; valid: boolean; data?: unknown; dataPath?: string }[];
    };
    for (const name of globSync('ctrf/normative/*.test.json', { cwd: corpus }).sort()) {
      const { tests } = JSON.parse(file(name).toString()) as Normative;
      for (const { description, valid, data } of tests) {
        if (data === undefined) continue;
        it(`${description}: ${valid ? 'valid' : 'invalid'}, because the specification says so`, () => {
          assert.equal(ctrfSchema.safeParse(data).success, valid);
        });
        it(`${description}: read without a crash, and with a warning where it is invalid`, () => {
          const bytes = new TextEncoder().encode(JSON.stringify(data));
          const result = codeOf(() => read((notes) => new CtrfReader(notes), bytes));
          if (typeof result === 'string') assert.ok(!valid, result);
          else assert.equal(result.warnings.includes('ctrf_invalid'), !valid);
        });
      }
    }
  });
}

function check(name: string, expected: string, reading: Reading): void {
  assert.equal(reading.counts, expected);
  for (const [position, fields] of Object.entries(junitCases[name] ?? {})) {
    const item = reading.cases[Number(position)]!;
    const seen = Object.fromEntries(
      Object.keys(fields).map((field) => [field, item[field as keyof typeof item]]),
    );
    assert.deepEqual(seen, fields);
  }
  const warnings = reading.warnings.filter((code) => code !== 'counts_differ');
  if (junitWarnings[name] !== undefined) assert.deepEqual(warnings, junitWarnings[name]);
  const times = junitTimes[name];
  if (times !== undefined) assert.deepEqual([reading.durationMs, reading.startedAt], times);
}
