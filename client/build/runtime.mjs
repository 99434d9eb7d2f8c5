// Builds the browser's runtime: the entry script, React and duramen/client, as ES modules at hashed URLs.
//
//   node build/runtime.mjs OUT [--development]
//
// writes OUT/files/, OUT/compressed/, OUT/runtime.json and OUT/runtime.cc. With --development it holds React's development
// build, and apps are built against that.
//
// Two builds in two folders give equal files: the hashes hold paths relative to this package's folder only.

import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { assets, common, runtimeModules } from './names.mjs';
import { bundleSource, fail, hashedName, literal, writeIfChanged } from './output.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(root, 'package.json'));

// React's packages are CommonJS; an ES module needs the names of their exports written down.
function reexport(specifier) {
  const names = Object.keys(require(specifier)).filter((name) => name !== 'default' && /^[\w$]+$/.test(name));
  return `export { ${names.join(', ')} } from '${specifier}';\nexport { default } from '${specifier}';\n`;
}

// Each entry is a virtual file of one folder, so that its path, which esbuild hashes, is the same everywhere.
const entries = {
  main: `import './src/entry.ts';\n`,
  react: () => reexport('react'),
  'react-jsx-runtime': () => reexport('react/jsx-runtime'),
  'react-dom': () => reexport('react-dom'),
  'react-dom-client': () => reexport('react-dom/client'),
  'duramen-client': `export * from './src/client.ts';\n`,
};

const virtualEntries = {
  name: 'virtual-entries',
  setup(build) {
    build.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.slice('entry:'.length), namespace: 'entry' }));
    build.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => {
      const source = entries[path];
      return { contents: typeof source === 'function' ? source() : source, resolveDir: root, loader: 'ts' };
    });
  },
};

/** The versions of React whose client reads what the library writes (test/react), all of its packages of one. */
const readBy = /^19\.[23]\./;

function checkVersions() {
  const versionOf = (name) => require(`${name}/package.json`).version;
  const version = versionOf('react');
  if (!readBy.test(version)) fail(`client: React ${version} is installed, expected 19.2 or 19.3`);
  for (const name of ['react-dom', 'react-server-dom-webpack'])
    if (versionOf(name) !== version) fail(`client: ${name} ${versionOf(name)} is installed beside React ${version}`);
}

/** The texts of the licences of every package whose code is in the build. */
function licences(inputs) {
  const packages = new Set();
  for (const path of Object.keys(inputs)) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found) packages.add(found[1]);
  }
  const texts = [...packages].sort().map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[sc]e/i.test(entry));
    if (!file) fail(`client: ${name} has no licence file`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return `The scripts beside this file hold code of these packages.\n\n${texts.join('\n---\n\n')}`;
}

async function bundled(banner, isDevelopment) {
  return build({
    ...common(isDevelopment),
    absWorkingDir: root,
    entryPoints: Object.keys(entries).map((name) => ({ in: `entry:${name}`, out: name })),
    outdir: join(root, 'out'), // where the files would be: nothing is written
    plugins: [virtualEntries],
    banner: { js: banner },
  });
}

/** What a page of C++ may name beside the components of its app: the library's own components. */
function componentModules({ 'duramen/client': url }) {
  return [{ id: 'duramen/client', url }];
}

async function main(out, isDevelopment) {
  if (!existsSync(join(root, 'node_modules/react'))) fail('client: npm ci has not run');
  checkVersions();
  const licenceText = licences((await bundled('', isDevelopment)).metafile.inputs);
  const licenceUrl = `${assets}/${hashedName('licences.txt', Buffer.from(licenceText))}`;
  const { outputFiles, metafile } = await bundled(`/*! Licences: ${licenceUrl} */`, isDevelopment);

  const urlOf = (path) => `${assets}/${path.slice(join(root, 'out').length + 1)}`;
  const files = outputFiles.map(({ path, contents }) => ({ url: urlOf(path), bytes: Buffer.from(contents) }));
  files.push({ url: licenceUrl, bytes: Buffer.from(licenceText) });
  files.sort((a, b) => (a.url < b.url ? -1 : 1));
  const entryUrl = (name) => {
    const output = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === `entry:${name}`);
    return urlOf(resolve(root, output[0]));
  };

  const runtime = {
    isDevelopment,
    entry: entryUrl('main'),
    licences: licenceUrl,
    modules: Object.fromEntries(Object.entries(runtimeModules).map(([specifier, name]) => [specifier, entryUrl(name)])),
    // What a document may preload beside the entry: the modules that the entry imports.
    files: files.map(({ url }) => url),
  };
  mkdirSync(out, { recursive: true });
  writeIfChanged(join(out, 'runtime.json'), `${JSON.stringify(runtime, undefined, 2)}\n`);
  writeIfChanged(
    join(out, 'runtime.cc'),
    `// Generated by client/build/runtime.mjs.
#include "server/runtime.h"

${bundleSource('runtime', out, files, componentModules(runtime.modules), [])}

namespace duramen {

const Runtime& runtime() {
  static const Runtime all{
      {.files = files, .modules = modules, .styles = styles, .isDevelopment = ${isDevelopment}}, ${literal(runtime.entry)}};
  return all;
}

}  // namespace duramen
`,
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { development: { type: 'boolean', default: false } },
});
if (positionals.length !== 1) fail('usage: node build/runtime.mjs OUT [--development]');
// React's packages choose their build by it when they are required.
process.env.NODE_ENV = values.development ? 'development' : 'production';
await main(resolve(positionals[0]), values.development).catch((error) => fail(`client: ${error.message}`));
