// What a build leaves: the files, a list of them (bundle.json), and the C++ source that holds their bytes.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

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

/**
 * The bytes of `files` as C++: `.incbin` of the files in `folder`, which costs no compile time. `name` is an identifier
 * that no other such source uses.
 */
export function bundleSource(name, folder, files, modules, styles) {
  const blobs = files.map(({ url }, i) => {
    const symbol = `duramen_file_${name}_${i}`;
    return `    ".global ${symbol}\\n.hidden ${symbol}\\n${symbol}:\\n.incbin \\"${join(folder, basename(url))}\\"\\n.byte 0\\n"`;
  });
  const externs = files.map((_, i) => `extern const char duramen_file_${name}_${i}[];`);
  const entries = files.map(
    ({ url, bytes }, i) =>
      `    {${literal(url)}, ${literal(typeOf(url))}, {duramen_file_${name}_${i}, ${bytes.length}}},`,
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
