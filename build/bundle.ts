import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { commit, version } from '../src/version.ts';
import { handbooks } from '../src/web/pages/docs/contents.ts';

const root = join(import.meta.dirname, '..');
const addonName = 'better-sqlite3.node';

/**
 * Makes `folder` anew with all that runs: main.cjs, the store's threads beside it, views, migrations, the docs that are pages, package.json and `prebuild`, one platform's addon of better-sqlite3.
 */
export async function bundle(folder: string, prebuild: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const addon = readFileSync(prebuild);
  writeFileSync(join(folder, addonName), addon);
  for (const name of ['views', 'migrations']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of handbooks) {
    cpSync(join(root, `docs/${name}.md`), join(folder, `docs/${name}.md`));
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await build({
    entryPoints: [
      'main',
      'store/writer-thread',
      'store/reader-thread',
      'store/check-thread',
      'store/parser-thread',
      'actions/accounts/password-thread',
    ].map((name) => join(root, `src/${name}.ts`)),
    entryNames: '[name]',
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    // a third less to read at each start, by each thread; names stay, so that stacks can be read
    minifyWhitespace: true,
    inject: [join(import.meta.dirname, 'settle.ts')],
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    define: {
      'import.meta.dirname': '__dirname',
      BUILD_COMMIT: JSON.stringify(commit()),
      ADDON_NAME: JSON.stringify(addonName),
      ADDON_SHA256: JSON.stringify(createHash('sha256').update(addon).digest('hex')),
    },
    plugins: [ownAddon],
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'error' },
  });
}

/** What the packer reads: the entry, and the files it would not find by following imports. */
const manifest = {
  name: 'qualitypilot',
  version,
  bin: 'main.cjs',
  pkg: {
    assets: [
      '*-thread.cjs',
      addonName,
      'package.json',
      'views/**/*',
      'migrations/*.sql',
      'docs/*.md',
    ],
  },
};

/** better-sqlite3 asks addon.ts for its compiled part instead of looking for it in node_modules. */
const ownAddon: Plugin = {
  name: 'own-addon',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/binding$/ }, () => ({ path: join(import.meta.dirname, 'addon.ts') }));
  },
};
