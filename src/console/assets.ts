import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

export interface Asset {
  readonly body: string;
  readonly type: string;
  /** Its address, which changes with its content: browsers may keep it for good. */
  readonly path: string;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The same folder from src/ and from dist/: the package ships both, and a script for browsers needs no compiler. */
const folder = new URL('../../src/console/static/', import.meta.url);

export const assets: ReadonlyMap<string, Asset> = new Map(
  readdirSync(folder)
    .filter((name) => extname(name) in types)
    .map((name) => {
      const body = readFileSync(new URL(name, folder), 'utf8');
      const version = createHash('sha256').update(body).digest('hex').slice(0, 12);
      return [name, { body, type: types[extname(name)] ?? '', path: `/static/${name}?v=${version}` }];
    }),
);

export function assetPath(name: string): string {
  const asset = assets.get(name);
  if (asset === undefined) throw new Error(`the console has no file ${name}`);
  return asset.path;
}
