import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, it } from 'node:test';

/** Who may import whom at run time; `import type` is free (docs/architecture.md). */
const leaves = ['errors.ts', 'limits.ts', 'clock.ts', 'log.ts', 'resources.ts', 'version.ts'];
const allowed: Record<string, string[]> = {
  domain: [],
  contract: ['domain'],
  formats: ['contract', 'domain'],
  store: ['domain', 'contract', 'formats'],
  actions: ['contract', 'domain', 'store'],
  control: ['actions', 'contract', 'domain', 'store'],
  web: ['actions', 'contract', 'domain', 'store'],
  demo: ['contract', 'domain'],
  cli: [
    'actions',
    'contract',
    'control',
    'demo',
    'domain',
    'formats',
    'store',
    'app.ts',
    'config.ts',
  ],
  'app.ts': ['actions', 'contract', 'control', 'domain', 'store', 'web', 'config.ts'],
  'config.ts': [],
  'main.ts': ['cli'],
  'errors.ts': [],
  'limits.ts': [],
  'clock.ts': [],
  'log.ts': [],
  'resources.ts': [],
  'version.ts': [],
};
/** Packages with a home: nobody else knows them. */
const homes: Record<string, string[]> = {
  'better-sqlite3': ['store'],
  koa: ['web'],
  '@koa/router': ['web'],
  eta: ['web'],
};
const withoutLeaves = ['domain'];

type Import = { from: string; what: string };

/** Run-time imports of one file, as written. */
function importsOf(source: string): string[] {
  const found = source.matchAll(
    /^(?:import|export)\s+(?!type\b)(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gms,
  );
  return [...found].map(([, what]) => what!);
}

const roomOf = (file: string): string => file.split('/')[0]!;

function violations(files: Record<string, string>): Import[] {
  return Object.entries(files).flatMap(([file, source]) =>
    importsOf(source)
      .filter((what) => !isAllowed(file, what))
      .map((what) => ({ from: file, what })),
  );
}

function isAllowed(file: string, what: string): boolean {
  const room = roomOf(file);
  if (!what.startsWith('.')) {
    const home = homes[what];
    return home === undefined || home.includes(room);
  }
  const target = roomOf(normalize(join(dirname(file), what)));
  if (target === room) return true;
  if (leaves.includes(target)) return !withoutLeaves.includes(room);
  return allowed[room]?.includes(target) ?? false;
}

const root = join(import.meta.dirname, '../src');
const sources = Object.fromEntries(
  globSync('**/*.ts', { cwd: root }).map((file) => [
    relative('.', file),
    readFileSync(join(root, file), 'utf8'),
  ]),
);

describe('layers', () => {
  it('no file imports upwards, because each folder can then be read without those above it', () => {
    assert.deepEqual(violations(sources), []);
  });

  it('every folder and file at the top of src has a rule, because a new one must choose its place', () => {
    const rooms = new Set(Object.keys(sources).map(roomOf));
    assert.deepEqual(
      [...rooms].filter((room) => allowed[room] === undefined),
      [],
    );
  });

  it('a planted violation is found, because a test that cannot fail proves nothing', () => {
    const planted = {
      'domain/a.ts': "import { limits } from '../limits.ts';",
      'store/b.ts': "import {\n  x,\n} from '../web/server.ts';",
      'web/c.ts': "import Database from 'better-sqlite3';",
      'web/d.ts': "import type { Store } from '../cli/serve.ts';",
    };
    assert.deepEqual(
      violations(planted).map(({ from }) => from),
      ['domain/a.ts', 'store/b.ts', 'web/c.ts'],
    );
  });
});
