// Bundles RedwoodSDK's client, as it is published, with an entry script and a component of an app: into one file, which
// lies in the build folder like the package itself.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '1.7.3';
const clientDir = fileURLToPath(new URL('../../client/', import.meta.url));
const sources = fileURLToPath(new URL('client/', import.meta.url));
const folder = fileURLToPath(new URL(`../../build/rwsdk-${version}/`, import.meta.url));
const { build } = createRequire(join(clientDir, 'package.json'))('esbuild');

// What RedwoodSDK's own build makes of the modules that say 'use client'.
const lookup = `export const useClientLookup = { '/client/Adder.tsx': () => import('./Adder.tsx') };`;

// The package from its folder, React from the library's: there is one React.
const stockPlugin = {
  name: 'stock',
  setup(build) {
    const from = (filter, resolveDir) =>
      build.onResolve({ filter }, ({ path, kind, pluginData }) =>
        pluginData === 'stock' ? undefined : build.resolve(path, { kind, resolveDir, pluginData: 'stock' }),
      );
    from(/^rwsdk(\/|$)/, folder);
    from(/^(react|react-dom|react-server-dom-webpack)(\/|$)/, clientDir);
    build.onResolve({ filter: /^virtual:use-client-lookup\.js$/ }, ({ path }) => ({ path, namespace: 'stock' }));
    build.onLoad({ filter: /.*/, namespace: 'stock' }, () => ({ contents: lookup, resolveDir: sources, loader: 'js' }));
  },
};

function install() {
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: { rwsdk: version } }));
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', ['install', ...flags], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm install of rwsdk ${version} failed: ${stderr}`);
}

/** Gives the bundle's path. */
export async function bundleStockClient() {
  install();
  const outfile = join(folder, 'stock.js');
  await build({
    entryPoints: [join(sources, 'stock.tsx')],
    outfile,
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    tsconfigRaw: '{}',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [stockPlugin],
    logLevel: 'error',
  });
  return outfile;
}
