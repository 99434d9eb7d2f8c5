import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const client = fileURLToPath(new URL('..', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'duramen-builds-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

function node(...args) {
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

/** The package in another folder, with the packages that the runtime holds. */
function copyOfClient(folder) {
  for (const part of ['package.json', 'build', 'src'])
    cpSync(join(client, part), join(folder, part), { recursive: true });
  for (const name of ['react', 'react-dom', 'scheduler', 'react-server-dom-webpack']) {
    cpSync(join(client, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  for (const name of ['esbuild', '@esbuild'])
    symlinkSync(join(client, 'node_modules', name), join(folder, 'node_modules', name));
  return folder;
}

function filesOf(folder) {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

describe('the runtime', () => {
  it('is equal, byte for byte, from two builds in two folders', () => {
    const built = [join(temporary, 'one'), join(temporary, 'other', 'and', 'deeper')].map((folder) => {
      const { status, stderr } = node(join(copyOfClient(folder), 'build/runtime.mjs'), join(folder, 'out'));
      expect(stderr).toBe('');
      expect(status).toBe(0);
      return {
        files: filesOf(join(folder, 'out/files')),
        compressed: filesOf(join(folder, 'out/compressed')),
        list: readFileSync(join(folder, 'out/runtime.json'), 'utf8'),
      };
    });
    expect(built[0].list).toBe(built[1].list);
    expect(Object.keys(built[0].files).length).toBeGreaterThan(6);
    expect(built[0].files).toEqual(built[1].files);
    expect(built[0].compressed).toEqual(built[1].compressed);
  });

  it('carries its scripts in brotli and gzip, each smaller, and nothing that is not', () => {
    const out = join(temporary, 'one/out');
    const files = filesOf(join(out, 'files'));
    const compressed = filesOf(join(out, 'compressed'));
    const decoders = { br: brotliDecompressSync, gz: gunzipSync };
    for (const [name, bytes] of Object.entries(compressed)) {
      const [, original, ending] = /^(.*)\.(br|gz)$/.exec(name);
      expect(decoders[ending](Buffer.from(bytes, 'latin1')).toString('latin1')).toBe(files[original]);
      expect(bytes.length).toBeLessThanOrEqual(files[original].length * 0.9);
    }
    for (const [name] of Object.entries(files).filter(([, bytes]) => bytes.length > 1000)) {
      expect(compressed).toHaveProperty([`${name}.br`]);
      expect(compressed).toHaveProperty([`${name}.gz`]);
    }
    expect(readFileSync(join(out, 'runtime.cc'), 'utf8')).toContain('/compressed/');
  });

  it.each([
    ['react', '19.4.0', 'client: React 19.4.0 is installed, expected 19.2 or 19.3\n'],
    ['react-dom', '19.2.9', /^client: react-dom 19\.2\.9 is installed beside React 19\.3\.\d+\n$/],
  ])('is not built with %s %s', (name, version, message) => {
    const folder = copyOfClient(mkdtempSync(join(temporary, 'versions-')));
    const file = join(folder, 'node_modules', name, 'package.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version }));
    const { status, stderr } = node(join(folder, 'build/runtime.mjs'), join(folder, 'out'));
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });

  it("holds React's development build if it is asked to, which its list tells", () => {
    const out = join(temporary, 'development');
    expect(node(join(client, 'build/runtime.mjs'), out, '--development').status).toBe(0);
    expect(JSON.parse(readFileSync(join(out, 'runtime.json'), 'utf8')).isDevelopment).toBe(true);
    expect(Object.values(filesOf(join(out, 'files'))).some((code) => code.includes('unique "key" prop'))).toBe(true);
  });

  it('carries the licences of what it holds', () => {
    const files = filesOf(join(temporary, 'one/out/files'));
    const licences = files[Object.keys(files).find((name) => name.startsWith('licences-'))];
    for (const name of ['react', 'react-dom', 'react-server-dom-webpack', 'scheduler']) {
      expect(licences).toContain(`\n${name} 19.`.replace('scheduler 19', 'scheduler 0'));
    }
    expect(licences).toContain('Permission is hereby granted');
  });
});

describe("an app's own build", () => {
  const runtime = join(temporary, 'runtime');
  node(join(client, 'build/runtime.mjs'), runtime);

  function built(sources) {
    const root = mkdtempSync(join(temporary, 'app-'));
    mkdirSync(join(root, 'client'));
    for (const [name, source] of Object.entries(sources)) writeFileSync(join(root, 'client', name), source);
    const out = join(root, 'built');
    const result = node(
      join(client, 'build/app.mjs'),
      'appClient',
      root,
      join(runtime, 'runtime.json'),
      out,
      ...Object.keys(sources)
        .filter((name) => /^[A-Z]|css$/.test(name))
        .map((name) => `client/${name}`),
    );
    return { ...result, out, files: result.status === 0 ? filesOf(join(out, 'files')) : {} };
  }
  const urls = JSON.parse(readFileSync(join(runtime, 'runtime.json'), 'utf8')).modules;

  it('imports React from the runtime, and holds none', () => {
    const { files, stderr } = built({
      'A.tsx': `import { useState } from 'react';\nexport const A = () => <b>{useState(0)[0]}</b>;\n`,
    });
    expect(stderr).toBe('');
    const [code] = Object.values(files);
    expect(code).toContain(urls.react);
    expect(code).toContain(urls['react/jsx-runtime']);
    expect(code.length).toBeLessThan(400);
  });

  it('gives a CommonJS library the same React', () => {
    const { files, stderr } = built({
      'A.tsx': `import { lib } from './lib.cjs';\nexport const A = () => lib();\n`,
      'lib.cjs': `const React = require('react');\nexports.lib = () => React.useState(0)[0];\n`,
      'lib.d.cts': `export function lib(): number;\n`,
    });
    expect(stderr).toBe('');
    expect(Object.values(files)[0]).toContain(urls.react);
  });

  it.each(['react-dom/server', 'react/compiler-runtime', 'react-server-dom-webpack/client', 'duramen'])(
    'refuses %s with a sentence',
    (name) => {
      const { status, stderr } = built({ 'A.jsx': `import * as all from '${name}';\nexport const A = () => all.x;\n` });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^client\/A\.jsx:1:\d+: error: /);
      expect(stderr).toContain(
        `"${name}" is not in the browser's runtime, which has react, react/jsx-runtime, react-dom`,
      );
    },
  );

  it('gives a style sheet a URL that names its content', () => {
    const { files, out } = built({ 'style.css': 'body { color: red }\n' });
    const [name] = Object.keys(files);
    expect(name).toMatch(/^style-[A-Z0-9]{8}\.css$/);
    expect(readFileSync(join(out, 'appClient.cc'), 'utf8')).toContain(`styles[] = {\n    "/assets/${name}",`);
  });

  it('leaves alone what compression makes no smaller', () => {
    const hashes = Array.from({ length: 160 }, (_, i) => createHash('sha256').update(`${i}`).digest());
    const { files, out, stderr } = built({
      'A.jsx': `import url from './noise.png';\nexport const A = () => url;\n`,
      'noise.png': Buffer.concat(hashes),
    });
    expect(stderr).toBe('');
    expect(Object.keys(files).some((name) => name.endsWith('.png'))).toBe(true);
    expect(filesOf(join(out, 'compressed'))).toEqual({});
    expect(readFileSync(join(out, 'appClient.cc'), 'utf8')).toMatch(/"image\/png", \{\w+, 5120\}, \{\}, \{\}\}/);
  });

  it('checks the types of its sources', () => {
    const { status, stderr } = built({
      'A.tsx': `export const A = ({ n }: { n: number }) => <b>{n.toUpperCase()}</b>;\n`,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /client\/A\.tsx\(1,\d+\): error TS2339: Property 'toUpperCase' does not exist on type 'number'/,
    );
  });
});
