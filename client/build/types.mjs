// Checks an app's own components against the types of React, of duramen/client and of the app's C++.
//
//   node build/types.mjs ROOT OUT FILE...
//
// OUT/types/app.d.ts is what the app's program wrote (--write-types), and what the FILEs, which are relative to ROOT,
// import as 'duramen/app'. Each FILE must export what C++ names of it, taking the props that C++ gives, whatever types
// it declares. Leaves OUT/tsconfig.json, which the app's own tsconfig.json may extend for an editor.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, writeIfChanged } from './output.mjs';

const client = dirname(dirname(fileURLToPath(import.meta.url)));

/** A module that compiles if each file exports the components that the C++ names of it. */
function exportsCheck(root, files) {
  return `import type { Components } from 'duramen/app';
type Exports<File> = File extends keyof Components ? Components[File] : object;
${files
  .map(
    (file, i) => `
import * as exports${i} from ${JSON.stringify(join(root, file))};
const check${i}: Exports<${JSON.stringify(`/${file}`)}> = exports${i};
`,
  )
  .join('')}`;
}

/** Ends the process with the compiler's words if a type is wrong. */
export function checkTypes(root, out, files) {
  const compiler = join(client, 'node_modules/typescript/bin/tsc');
  const typed = files.filter((file) => /\.tsx?$/.test(file));
  if (typed.length === 0 || !existsSync(compiler)) return;
  mkdirSync(out, { recursive: true });
  const ofProgram = join(out, 'types/app.d.ts');
  const checks = [];
  if (existsSync(ofProgram)) {
    checks.push(join(out, 'exports.ts'));
    writeIfChanged(checks[0], exportsCheck(root, typed));
  }
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
        'duramen/app': [ofProgram],
      },
    },
    files: [...typed.map((file) => join(root, file)), ...checks],
  };
  const project = join(out, 'tsconfig.json');
  writeIfChanged(project, JSON.stringify(config, undefined, 2));
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { cwd: root });
  if (status !== 0) fail(String(stdout).trim());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [root, out, ...files] = process.argv.slice(2);
  if (files.length === 0) fail('usage: node build/types.mjs ROOT OUT FILE...');
  checkTypes(resolve(root), resolve(out), files);
}
