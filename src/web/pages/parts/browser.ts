/** The first that a browser's own words name; Edge and Opera call themselves Chrome too. */
const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(?:e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

/** `Firefox on Linux`; what is no known browser by its first word. */
export function browserOf(agent: string): string {
  const browser = browsers.find(([form]) => form.test(agent))?.[1];
  const system = systems.find(([form]) => form.test(agent))?.[1];
  const name = browser ?? (agent.split(/[/ ]/, 1)[0]!.slice(0, 40) || 'unknown browser');
  return system === undefined ? name : `${name} on ${system}`;
}
