import type { JudgedReads } from './verbs.ts';

/** The part of the store's door that leads to judgements. The verbs' own file says what each does. */
export type JudgedDoor = {
  [Name in keyof JudgedReads]: JudgedReads[Name] extends (...args: infer Args) => infer Value
    ? (...args: Args) => Promise<Value>
    : never;
};

const verbs: Record<keyof JudgedDoor, true> = {
  repoStandings: true,
  repoFigures: true,
  listTests: true,
  getTest: true,
  studyTest: true,
  listSuites: true,
  rankSuites: true,
  dailySeries: true,
  dailyFigures: true,
  listClusters: true,
  getCluster: true,
  runFailures: true,
  runTroubles: true,
  listIncidents: true,
  getIncident: true,
  explainTest: true,
  explainGrade: true,
};

export function judgedDoor(read: (method: string, ...args: unknown[]) => unknown): JudgedDoor {
  return Object.fromEntries(
    Object.keys(verbs).map((verb) => [verb, (...args: unknown[]) => read(verb, ...args)]),
  ) as JudgedDoor;
}
