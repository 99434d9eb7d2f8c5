// Reads every source of the library and the examples, and each public header alone, with g++ -fsyntax-only: what only
// clang accepts is not portable. Nothing is run, since g++ 12 makes coroutines that corrupt memory (cmake/compiler.cmake).
//
//   node gcc_syntax.mjs BUILD-FOLDER JOBS    takes the flags from BUILD-FOLDER/compile_commands.json
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const [buildFolder, jobs] = process.argv.slice(2);
const tree = process.cwd();
const commands = JSON.parse(readFileSync(join(buildFolder, 'compile_commands.json'), 'utf8'));

// What decides the meaning of a source: where its headers are, and macros. System folders are g++'s own affair.
function flagsOf(command) {
  const words = command.match(/(?:[^\s"\\]|\\.|"(?:[^"\\]|\\.)*")+/g).map((word) => word.replace(/\\(.)/g, '$1'));
  const flags = [];
  for (let i = 0; i < words.length; ++i) {
    if (words[i] === '-isystem' || words[i] === '-I') flags.push(words[i], words[++i]);
    else if (/^-[ID]/.test(words[i])) flags.push(words[i]);
  }
  return flags;
}

const work = [];
for (const { file, command } of commands) {
  const name = relative(tree, file);
  if (!/^(src|examples)\/.*\.cc$/.test(name) || name.endsWith('_test.cc')) continue;
  const flags = flagsOf(command);
  work.push({ name, flags, input: [file] });
}
for (const header of readdirSync('include/duramen', { recursive: true })) {
  if (!header.endsWith('.h')) continue;
  work.push({
    name: `include/duramen/${header}`,
    flags: ['-Iinclude'],
    input: ['-x', 'c++', '-'],
    text: `#include "duramen/${header}"\n`,
  });
}

function read({ name, flags, input, text }) {
  return new Promise((resolve) => {
    const gcc = spawn('g++', ['-std=c++23', '-fsyntax-only', ...flags, ...input], { stdio: ['pipe', 'inherit', 'inherit'] });
    gcc.stdin.end(text ?? '');
    gcc.on('error', (error) => {
      console.error(`g++: ${error.message}`);
      process.exit(2);
    });
    gcc.on('close', (status) => {
      console.log(`${status === 0 ? 'ok' : 'FAILED'} ${name}`);
      if (status !== 0) failed.push(name);
      resolve();
    });
  });
}

const failed = [];
let next = 0;
await Promise.all(
  Array.from({ length: Number(jobs) }, async () => {
    while (next < work.length) await read(work[next++]);
  }),
);
console.log(`${work.length} read, ${failed.length} refused${failed.length ? `: ${failed.join(' ')}` : ''}`);
process.exitCode = failed.length ? 1 : 0;
