// Builds an app's own components and styles: what the CMake function duramen_client calls.
//
//   node build/app.mjs NAME ROOT RUNTIME_JSON OUT FILE...
//
// FILEs are relative to ROOT: modules (.tsx, .ts, .jsx, .js), whose ids are "/FILE", and style sheets (.css). Writes
// OUT/files/ and OUT/NAME.cc. What belongs to the runtime stays outside: a page never holds two Reacts.

import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assets, common } from './names.mjs';
import { bundleSource, fail, writeFiles, writeIfChanged } from './output.mjs';

const client = dirname(dirname(fileURLToPath(import.meta.url)));

/** Checks the app's sources against the types of React and of duramen/client. */
function checkTypes(root, out, files) {
  const compiler = join(client, 'node_modules/typescript/bin/tsc');
  const typed = files.filter((file) => /\.tsx?$/.test(file));
  if (typed.length === 0 || !existsSync(compiler)) return;
  const config = {
    compilerOptions: {
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2023', 'dom', 'dom.iterable'],
      jsx: 'react-jsx',
      strict: true,
      isolatedModules: true,
      allowImportingTsExtensions: true,
      noUncheckedSideEffectImports: false,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      paths: {
        react: [join(client, 'node_modules/@types/react/index.d.ts')],
        'react/jsx-runtime': [join(client, 'node_modules/@types/react/jsx-runtime.d.ts')],
        'react-dom': [join(client, 'node_modules/@types/react-dom/index.d.ts')],
        'react-dom/client': [join(client, 'node_modules/@types/react-dom/client.d.ts')],
        'duramen/client': [join(client, 'src/client.ts')],
      },
    },
    files: typed.map((file) => join(root, file)),
  };
  const project = join(out, 'tsconfig.json');
  writeIfChanged(project, JSON.stringify(config, undefined, 2));
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { cwd: root });
  if (status !== 0) fail(String(stdout).trim());
}

/** Resolves the runtime's specifiers, and nothing else of React's, to the runtime's URLs. */
export function runtimePlugin(modules) {
  const known = Object.keys(modules).join(', ');
  return {
    name: 'duramen-runtime',
    setup(build) {
      build.onResolve({ filter: /^(react|react-dom|react-server-dom-webpack|duramen)(\/|$)/ }, ({ path, kind }) => {
        const url = modules[path];
        if (url === undefined) {
          return { errors: [{ text: `"${path}" is not in the browser's runtime, which has ${known}` }] };
        }
        // A CommonJS library's require() needs a module to require; its import is resolved here again.
        if (kind === 'require-call') return { path, namespace: 'required' };
        return { path: url, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
        contents: `export * from '${path}';\nexport { default } from '${path}';\n`,
        resolveDir: '/',
        loader: 'js',
      }));
    },
  };
}

async function bundled(root, files, modules) {
  try {
    return await build({
      ...common,
      absWorkingDir: root,
      entryPoints: files,
      outdir: join(root, 'out'),
      publicPath: assets,
      plugins: [runtimePlugin(modules)],
      loader: { '.svg': 'file', '.png': 'file', '.jpg': 'file', '.webp': 'file', '.woff2': 'file' },
    });
  } catch (error) {
    const lines = (error.errors ?? []).map(({ text, location }) =>
      location ? `${location.file}:${location.line}:${location.column}: error: ${text}` : `error: ${text}`,
    );
    return fail(lines.length > 0 ? lines.join('\n') : `error: ${error.message}`);
  }
}

async function main([name, rootPath, runtimePath, out, ...files]) {
  if (files.length === 0) fail('usage: node build/app.mjs NAME ROOT RUNTIME_JSON OUT FILE...');
  const root = resolve(rootPath);
  const { modules } = JSON.parse(readFileSync(runtimePath, 'utf8'));
  mkdirSync(out, { recursive: true });
  checkTypes(root, resolve(out), files);
  const { outputFiles, metafile } = await bundled(root, files, modules);

  const urlOf = (path) => `${assets}/${path.slice(path.lastIndexOf('/') + 1)}`;
  const built = outputFiles
    .map(({ path, contents }) => ({ url: urlOf(path), bytes: Buffer.from(contents) }))
    .sort((a, b) => (a.url < b.url ? -1 : 1));
  const outputOf = (file) =>
    urlOf(Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === file)[0]);
  const isStyle = (file) => file.endsWith('.css');
  const moduleUrls = files.filter((file) => !isStyle(file)).map((file) => ({ id: `/${file}`, url: outputOf(file) }));
  const styles = files.filter(isStyle).map(outputOf);

  const folder = join(resolve(out), 'files');
  writeFiles(folder, built);
  writeIfChanged(
    join(out, `${name}.cc`),
    `// Generated by client/build/app.mjs.
#include "duramen/bundle.h"

${bundleSource(name, folder, built, moduleUrls, styles)}

extern const duramen::ClientBundle ${name};
const duramen::ClientBundle ${name}{files, modules, styles};
`,
  );
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  await main(process.argv.slice(2)).catch((error) => fail(`duramen_client: ${error.message}`));
}
