// What a build leaves: the files, a list of them (bundle.json), and the C++ source that holds their bytes.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  woff2: 'font/woff2',
};

export function typeOf(name) {
  return types[name.split('.').pop()] ?? 'application/octet-stream';
}

/** `name` with a hash of its content, as esbuild would name it. */
export function hashedName(name, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  return name.replace(/(\.[^.]*)?$/, `-${hash}$1`);
}

/**
 * Writes `files` (URL and bytes) into `folder`, which then holds nothing else of an older build. A file that is the
 * same is left alone, so that nothing is built again for it.
 */
export function writeFiles(folder, files) {
  mkdirSync(folder, { recursive: true });
  const names = new Set(files.map(({ url }) => basename(url)));
  for (const name of readdirSync(folder)) if (!names.has(name)) rmSync(join(folder, name));
  for (const { url, bytes } of files) writeIfChanged(join(folder, basename(url)), bytes);
}

export function writeIfChanged(path, content) {
  const bytes = Buffer.from(content);
  try {
    if (readFileSync(path).equals(bytes)) return;
  } catch {
    // not there yet
  }
  writeFileSync(path, bytes);
}

/** A C++ expression of a string_view literal: names and URLs hold no quotes and no backslashes. */
export function literal(text) {
  if (/["\\\n]/.test(text)) throw new Error(`a name that C++ cannot quote simply: ${text}`);
  return `"${text}"`;
}

const codings = {
  br: (bytes) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

/** What a compressed file must save to be worth its bytes in the program: a tenth, and more than its headers cost. */
function isWorthIt(bytes, smaller) {
  return smaller.length <= bytes.length * 0.9 && bytes.length - smaller.length >= 128;
}

/** The compressed forms of `files`, as files: "/assets/a.js.br" and "/assets/a.js.gz", where they are worth it. */
export function compressedFiles(files) {
  return files.flatMap(({ url, bytes }) =>
    Object.entries(codings)
      .map(([ending, compress]) => ({ url: `${url}.${ending}`, bytes: compress(bytes) }))
      .filter((each) => isWorthIt(bytes, each.bytes)),
  );
}

/**
 * Writes `files` and their compressed forms into `out`, and gives their bytes as C++: `.incbin` of what was written,
 * which costs no compile time. `name` is an identifier that no other such source uses.
 */
export function bundleSource(name, out, files, modules, styles) {
  const compressed = compressedFiles(files);
  const embedded = [
    ...files.map((file) => ({ ...file, folder: join(out, 'files') })),
    ...compressed.map((file) => ({ ...file, folder: join(out, 'compressed') })),
  ];
  writeFiles(join(out, 'files'), files);
  writeFiles(join(out, 'compressed'), compressed);
  const symbol = (i) => `duramen_file_${name}_${i}`;
  const blobs = embedded.map(({ url, folder }, i) => {
    const path = join(folder, basename(url));
    return `    ".global ${symbol(i)}\\n.hidden ${symbol(i)}\\n${symbol(i)}:\\n.incbin \\"${path}\\"\\n.byte 0\\n"`;
  });
  const externs = embedded.map((_, i) => `extern const char ${symbol(i)}[];`);
  const view = (url) => {
    const i = embedded.findIndex((file) => file.url === url);
    return i < 0 ? '{}' : `{${symbol(i)}, ${embedded[i].bytes.length}}`;
  };
  const entries = files.map(
    ({ url }) =>
      `    {${literal(url)}, ${literal(typeOf(url))}, ${view(url)}, ${view(`${url}.br`)}, ${view(`${url}.gz`)}},`,
  );
  const array = (type, id, lines) =>
    lines.length === 0
      ? `constexpr std::span<const ${type}> ${id};`
      : `const ${type} ${id}[] = {\n${lines.join('\n')}\n};`;
  return [
    'asm(".pushsection .rodata\\n"',
    ...blobs,
    '    ".popsection\\n");',
    'extern "C" {',
    ...externs,
    '}',
    'namespace {',
    array('duramen::ClientFile', 'files', entries),
    array(
      'duramen::ClientModuleUrl',
      'modules',
      modules.map(({ id, url }) => `    {${literal(id)}, ${literal(url)}},`),
    ),
    array(
      'std::string_view',
      'styles',
      styles.map((url) => `    ${literal(url)},`),
    ),
    '}  // namespace',
  ].join('\n');
}

export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
