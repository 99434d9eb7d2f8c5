// What the library writes and reads, against what React itself writes and reads:
//
//   node test/react/compare.mjs build/dev/bin/flight_case [--cases N] [--seed S] [--only I]
//
// First the recorded cases of test/vectors/flight, where differences.json says in what we do otherwise and why; then N
// (10,000) cases at random, the same for the same seed. A case that differs is made as small as it gets and shown as JSON
// with what React says (want) and what flight_case says (got); --only tries one random case again.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { Random } from './random.mjs';
import { args, tree, value } from './random_cases.mjs';
import { domOf, encoded, htmlOf, hydrated, meaningOf, meaningOfValue } from './react.mjs';
import { smaller } from './smaller.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const [program] = positionals;
if (!program || positionals.length > 1) {
  console.error('usage: node test/react/compare.mjs PATH-OF-flight_case [--cases N] [--seed S] [--only I]');
  process.exit(2);
}

/** Gives each case to a program as a line of JSON; it answers each with one. */
function answers(command, given, cases) {
  const input = cases.map((each) => `${JSON.stringify(each)}\n`).join('');
  const done = spawnSync(command, given, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (done.error) throw done.error;
  const lines = done.stdout.split('\n').slice(0, -1);
  if (done.status !== 0 || lines.length !== cases.length)
    throw new Error(`${command} ${given.join(' ')}: answered ${lines.length} of ${cases.length} cases. ${done.stderr}`);
  return lines.map((line) => JSON.parse(line));
}
const ours = (what, cases) => answers(program, [what, '--lines'], cases);
const serverPath = fileURLToPath(new URL('react_server.mjs', import.meta.url));
const reactsRows = (models) => answers(process.execPath, ['--conditions', 'react-server', serverPath], models);

const shown = (what) => (typeof what === 'string' ? what : JSON.stringify(what)).slice(0, 2000);

let passed = 0;
let failed = 0;
function check(name, want, got, equal = isDeepStrictEqual(got, want)) {
  if (equal) passed += 1;
  else failed += 1;
  if (!equal) console.error(`${name}\n  want ${shown(want)}\n  got  ${shown(got)}`);
  return equal;
}

// The recorded cases

const vectorFile = (name) => readFileSync(new URL(`../vectors/flight/${name}`, import.meta.url), 'utf8');
const vectors = (kind) => vectorFile(`${kind}.jsonl`).trimEnd().split('\n').map((line) => JSON.parse(line));
const { refused, otherBytes, otherHtml } = JSON.parse(vectorFile('differences.json'));

// What React prints, but for NUL: no browser keeps it, and React does not hydrate a text of nothing else.
const withoutNul = (html) => html.replaceAll('\0', '\ufffd');
const bytesOf = ({ base64, utf8 }) => (base64 === undefined ? Buffer.from(utf8) : Buffer.from(base64, 'base64'));
// Our errors also say what development builds of React read.
const withLongErrors = (rows) =>
  Buffer.from(rows.toString('latin1').replace(/(:E\{"digest":"[^"]*")\}/g, '$1,"stack":[],"env":""}'), 'latin1');

async function eachVector(kind, compare) {
  const cases = vectors(kind);
  const answered = ours(kind, cases);
  for (const [i, vector] of cases.entries()) {
    const name = `${kind} ${vector.name}`;
    const isRefused = answered[i].rejected !== undefined;
    const why = refused[kind][vector.name];
    if (why) check(name, `refused: ${why}`, answered[i], isRefused);
    else if (isRefused) check(name, 'an answer', answered[i], false);
    else await compare(name, vector, answered[i]);
  }
}

await eachVector('flight', async (name, vector, { b64 }) => {
  const rows = Buffer.from(b64, 'base64');
  const want = vector.decoded === undefined ? { rootError: vector.rootError } : { value: vector.decoded };
  for (const size of [rows.length, 7, 1]) check(`${name}, read in pieces of ${size}`, want, await meaningOf(rows, size));
  if (vector.timing !== 'sync') return;
  const reacts = withLongErrors(bytesOf(vector.outputVariants?.['19.2.9'] ?? vector.output));
  const why = otherBytes[vector.name];
  if (why) check(name, `other bytes than React's: ${why}`, rows.toString(), !reacts.equals(rows));
  else check(name, reacts.toString(), rows.toString(), reacts.equals(rows));
});

await eachVector('html', async (name, vector, { html }) => {
  const reacts = withoutNul(vector.html);
  const isSame = html === reacts || isDeepStrictEqual(domOf(html), domOf(reacts));
  const why = otherHtml[vector.name];
  if (why) return check(name, `other HTML than React's: ${why}`, html, !isSame);
  // HTML that differs could keep React busy for ever.
  if (check(name, reacts, html, isSame) && vector.hydrate?.recoverable.length === 0)
    check(`${name}, hydrated`, { errors: [], lost: 0 }, await hydrated(html, vector.tree));
});

await eachVector('reply', (name, { decoded }, { value }) => check(name, decoded, value));

const hostile = vectors('hostile').filter(({ cpp }) => !cpp.includes('or reject'));
for (const [i, answer] of ours('reply', hostile).entries()) {
  const { name, cpp, decoded } = hostile[i];
  check(`hostile ${name}`, cpp, answer, cpp.startsWith('reject') === (answer.rejected !== undefined));
  if (decoded !== undefined) check(`hostile ${name}, decoded`, decoded, answer.value);
}
console.log(`recorded cases: ${passed} passed, ${failed} failed`);

// Cases at random. Each comparison takes many cases at once, and gives for each how it differs, or null.

let sameRows = 0;
async function compareRows(models) {
  const reacts = reactsRows(models);
  const answered = ours('flight', models.map((model) => ({ model })));
  return Promise.all(models.map(async (_, i) => {
    if (reacts[i].refused) return { invalid: `React refuses it: ${reacts[i].refused}` };
    if (answered[i].rejected !== undefined) return { want: 'rows', got: answered[i] };
    sameRows += answered[i].b64 === reacts[i].b64;
    const want = await meaningOf(Buffer.from(reacts[i].b64, 'base64'));
    // A bug of React 19.3: its client cannot read its server's hint for an image whose URL begins with "$".
    if (want.rootError) return null;
    const rows = Buffer.from(answered[i].b64, 'base64');
    for (const size of [rows.length, 1]) {
      const got = await meaningOf(rows, size).catch((error) => ({ error: error.message }));
      if (!isDeepStrictEqual(got, want)) return { want, got, rows: rows.toString() };
    }
    return null;
  }));
}

// What making a document smaller leaves of it; no page is that.
const isPartOfDocument = (jsv) => jsv?.type !== 'html' && /"type":"(html|head|body)"/.test(JSON.stringify(jsv));
// A text as it arrives: half a surrogate pair has no UTF-8.
const sent = (text) => Buffer.from(text).toString();

async function compareHtml(trees) {
  const answered = ours('html', trees.map((each) => ({ tree: each })));
  return Promise.all(trees.map(async (each, i) => {
    if (isPartOfDocument(each)) return null;
    try {
      const want = withoutNul(sent(await htmlOf(each)));
      return answered[i].html === want ? null : { want, got: answered[i].html ?? answered[i] };
    } catch (error) {
      return { invalid: `React refuses it: ${error.message}` };
    }
  }));
}

async function compareArguments(sets) {
  const bodies = [];
  for (const set of sets) bodies.push({ encoded: await encoded(set) });
  const answered = ours('reply', bodies);
  return Promise.all(sets.map(async (set, i) => {
    const want = { value: asReceived(await meaningOfValue(set)) };
    return isDeepStrictEqual(answered[i], want) ? null : { want, got: answered[i], body: bodies[i].encoded };
  }));
}
// What is sent as undefined in a field is dropped where React decodes it, and each Blob comes as a file with a name.
function asReceived(jsv) {
  if (Array.isArray(jsv)) return jsv.map(asReceived);
  if (jsv === null || typeof jsv !== 'object' || jsv.v === undefined)
    return jsv?.$ === 'blob' ? { $: 'file', name: 'blob', type: jsv.type, b64: jsv.b64 } : jsv;
  const v = jsv.$ === 'obj' ? jsv.v.filter(([, field]) => field?.$ !== 'undef') : jsv.v;
  return { ...jsv, v: asReceived(v) };
}

// The cases take turns: a tree, a value, arguments.
const kinds = [
  { name: 'tree as rows', make: tree, compare: compareRows, turn: 0 },
  { name: 'tree as HTML', make: tree, compare: compareHtml, turn: 0 },
  { name: 'value as rows', make: value, compare: compareRows, turn: 1 },
  { name: 'arguments', make: args, compare: compareArguments, turn: 2 },
];
const atOnce = 500;
const shownOfEach = 5;

const seed = Number(options.seed);
const all = Array.from({ length: Number(options.cases) }, (_, i) => i);
for (const { name, make, compare, turn } of kinds) {
  const numbers = (options.only === undefined ? all : [Number(options.only)]).filter((i) => i % 3 === turn);
  let differing = 0;
  for (let at = 0; at < numbers.length; at += atOnce) {
    const some = numbers.slice(at, at + atOnce);
    const cases = some.map((i) => make(new Random(seed, i)));
    for (const [i, difference] of (await compare(cases)).entries()) {
      if (!difference) continue;
      differing += 1;
      if (differing > shownOfEach) continue;
      const least = await smaller(cases[i], difference, compare);
      console.error(`${name}: seed ${seed}, case ${some[i]}\n  case ${JSON.stringify(least.jsv)}`);
      for (const [what, is] of Object.entries(least.difference)) console.error(`  ${what.padEnd(4)} ${shown(is)}`);
    }
  }
  console.log(`${name}: ${numbers.length} cases, ${differing} differ`);
  if (differing) failed += 1;
  else passed += 1;
}
console.log(`${sameRows} of the random rows are React's to the byte`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
