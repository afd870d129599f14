import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { Eta } from 'eta';
import { resource } from '../resources.ts';
import { format } from './format.ts';

export type Encoding = 'br' | 'gzip' | 'identity';

type Asset = {
  digest: string;
  type: string;
  /** packed as well as possible when it is asked for first, off the main thread */
  packed(encoding: Encoding): Promise<Buffer>;
};

/**
 * Templates and assets, read once at start: no path of the file system is ever formed from a URL.
 * Templates escape everything they print; assets carry their digest in the URL and are cached for ever.
 */
export type View = {
  /** `page` is a file in views/pages; `data` holds plain values only */
  render(page: string, data: Record<string, unknown>): string;
  /** `/assets/<digest>/<name>` of a file in views/assets */
  assetUrl(name: string): string;
  asset(digest: string, name: string): Asset | undefined;
};

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export function openView(): View {
  const root = resource('views');
  const eta = new Eta({ autoTrim: [false, 'nl'], cache: true });
  for (const folder of ['partials', 'pages']) {
    for (const file of filesIn(join(root, folder), '.eta')) {
      eta.loadTemplate(
        `@${folder}/${file.slice(0, -4)}`,
        readFileSync(join(root, folder, file), 'utf8'),
      );
    }
  }
  eta.loadTemplate('@layout', readFileSync(join(root, 'layout.eta'), 'utf8'));
  const assets = readAssets(join(root, 'assets'));
  const assetUrl = (name: string) => {
    const found = assets.get(name);
    if (found === undefined) throw new Error(`there is no asset ${name}`);
    return `/assets/${found.digest}/${name}`;
  };
  return {
    render: (page, data) => eta.render(`@pages/${page}`, { ...data, format, assetUrl }),
    assetUrl,
    asset: (digest, name) => {
      const found = assets.get(name);
      return found?.digest === digest ? found : undefined;
    },
  };
}

function readAssets(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of filesIn(folder, '')) {
    const identity = readFileSync(join(folder, name));
    assets.set(name, {
      digest: createHash('sha256').update(identity).digest('hex').slice(0, 12),
      type: types[extname(name)] ?? 'application/octet-stream',
      packed: packer(identity),
    });
  }
  return assets;
}

const pack = { br: promisify(brotliCompress), gzip: promisify(gzip) };

function packer(identity: Buffer): Asset['packed'] {
  const done: Partial<Record<Encoding, Promise<Buffer>>> = { identity: Promise.resolve(identity) };
  return (encoding) => {
    done[encoding] ??= pack[encoding as 'br' | 'gzip'](identity);
    return done[encoding];
  };
}

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith(ending) && !name.startsWith('.'));
