/** What an incident can be about. */
export const incidentKinds = [
  'new-failure',
  'pass-rate-drop',
  'flakiness-increase',
  'mass-failure',
  'slow-down',
] as const;
export type IncidentKind = (typeof incidentKinds)[number];
