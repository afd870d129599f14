/** Removes download addresses from package-lock.json and completes its platform packages. */
import { readFileSync, writeFileSync } from 'node:fs';

type Entry = {
  version?: string;
  resolved?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};
type Lock = { packages: Record<string, Entry> };

const systems = ['android', 'darwin', 'freebsd', 'openharmony', 'win32', 'linux'];
const processors: [RegExp, string][] = [
  [/arm64|aarch64/, 'arm64'],
  [/arm/, 'arm'],
  [/x64|x86_64/, 'x64'],
  [/ppc64/, 'ppc64'],
  [/riscv64/, 'riscv64'],
  [/s390x/, 's390x'],
  [/ia32/, 'ia32'],
];

/** What npm would have written for an optional package that the registry did not serve. */
function platformEntry(name: string, version: string, isDev: boolean): Entry | null {
  const target = name.split('/').at(-1)!;
  const os = systems.find((system) => target.includes(system));
  const cpu = processors.find(([pattern]) => pattern.test(target))?.[1];
  if (os === undefined || cpu === undefined || !/^\d/.test(version)) return null;
  const libc = os === 'linux' ? { libc: [target.includes('musl') ? 'musl' : 'glibc'] } : {};
  return { version, cpu: [cpu], ...(isDev && { dev: true }), ...libc, optional: true, os: [os] };
}

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock;
for (const entry of Object.values(lock.packages)) {
  delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const added = platformEntry(name, version, entry.dev === true);
    if (added !== null) lock.packages[`node_modules/${name}`] ??= added;
  }
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
