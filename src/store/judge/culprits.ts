import { unpackAttempts } from '../../domain/commit-unit.ts';
import {
  type CulpritEvidence,
  firstBadCommit,
  firstCandidate,
  flakePrior,
} from '../../domain/culprit.ts';
import type { Commit } from './commit-order.ts';
import type { Incident } from './incident-book.ts';
import type { Culprit } from './judgement-rows.ts';
import type { UnitReader } from './unit-reader.ts';

/** Commits and variants that are looked at, at most. */
const mostCommits = 300;
const mostVariants = 50;

/**
 * Who broke the tests of a new failure: by the commits from five before the last good one to the end
 * of the incident, or to the newest. Null where the commits are not held any more. O(commits × tests).
 */
export function culpritOf(reader: UnitReader, incident: Incident): Culprit | null {
  const branch = reader.state.order.sorted.filter(({ isPull }) => !isPull);
  const end = incident.resolvedAt ?? branch.at(-1)?.no;
  if (end === undefined) return null;
  const endPlace = reader.places[end]!;
  const startPlace = Math.min(
    ...incident.parts.map(
      ({ lastGood, firstBad }) => reader.places[lastGood < 0 ? firstBad : lastGood]!,
    ),
  );
  const from = Math.max(0, endPlace - mostCommits, startPlace - mostCommits / 2);
  const near = branch.slice(from, endPlace + 1);
  const variants = incident.parts
    .flatMap(({ tests, cell }) =>
      tests.map((test) => reader.state.cells[cell!]!.variants[test] ?? -1),
    )
    .filter((variant) => variant >= 0)
    .slice(0, mostVariants);
  const rows = variants.map((variant) => attemptsOf(reader, variant, near));
  const skipped = firstCandidate(near.map((_, k) => (startPlace >= from + k ? 0 : 1)));
  const candidates = near.slice(skipped);
  if (candidates.length === 0 || rows.length === 0) return null;
  const evidence = rows.map((row) => evidenceOf(row, skipped));
  return named(firstBadCommit(candidates.length, evidence), candidates);
}

type Attempts = { failed: Float64Array; passed: Float64Array };

function attemptsOf(reader: UnitReader, variant: number, commits: readonly Commit[]): Attempts {
  const attempts = {
    failed: new Float64Array(commits.length),
    passed: new Float64Array(commits.length),
  };
  const first = commits[0]?.place ?? 0;
  const { ring, from } = reader.look(variant);
  for (let i = ring.base + from; i < ring.base + ring.count; i++) {
    const commit = ring.chunk.commits[i]!;
    const k = reader.places[commit]! - first;
    if (reader.isPull[commit] === 1 || k < 0 || k >= commits.length) continue;
    attempts.failed[k] = unpackAttempts(ring.chunk.failing[i]!);
    attempts.passed[k] = unpackAttempts(ring.chunk.passing[i]!);
  }
  return attempts;
}

/** What was before the candidates is the test's own history. */
function evidenceOf({ failed, passed }: Attempts, skipped: number): CulpritEvidence {
  const sum = (values: Float64Array) => values.subarray(0, skipped).reduce((a, b) => a + b, 0);
  return {
    prior: flakePrior({ failing: sum(failed), passing: sum(passed) }),
    failed: failed.subarray(skipped),
    passed: passed.subarray(skipped),
  };
}

function named(found: ReturnType<typeof firstBadCommit>, commits: readonly Commit[]): Culprit {
  const name = (k: number | null) => (k === null ? null : commits[k]!.name);
  const { probabilities, likely, lastSurelyGood, firstSurelyBad, nextToTest } = found;
  const suspects = likely
    .map((k) => ({ commit: commits[k]!.name, probability: probabilities[k]! }))
    .sort((a, b) => b.probability - a.probability);
  return {
    suspects,
    lastSurelyGood: name(lastSurelyGood),
    firstSurelyBad: name(firstSurelyBad),
    nextToTest: name(nextToTest),
    candidates: commits.length,
  };
}
