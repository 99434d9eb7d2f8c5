// React itself reads what the library writes, and writes what it reads:
//
//   node test/react/run.mjs build/dev/bin/flight_dump
//   NODE_ENV=development node test/react/run.mjs build/dev/bin/flight_dump    a development build, which warns
//
// - Each page's rows are read by React's own client, whole, byte by byte, and in pieces of seven bytes.
// - Each page's HTML is hydrated from those rows: no recoverable error, every server-made element kept.
// - Arguments that encodeReply writes come back as they went in.
//
// REACT_ROOT names a folder with node_modules of react, react-dom, react-server-dom-webpack and jsdom; without it, client/.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { deepStrictEqual } from 'node:assert';
import { streamOf } from './pieces.mjs';

process.env.NODE_ENV ??= 'production';
const root = process.env.REACT_ROOT ?? fileURLToPath(new URL('../../client', import.meta.url));
const require = createRequire(`${root}/package.json`);
const { JSDOM } = require('jsdom');

const dump = process.argv[2];
if (!dump) {
  console.error('usage: node test/react/run.mjs PATH-OF-flight_dump');
  process.exit(2);
}
function run(what, input = '') {
  const done = spawnSync(dump, [what], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${dump} ${what}: ${done.stderr}`);
  return done.stdout;
}

const reported = [];
// A development build says here what it would rather have otherwise.
console.error = (...words) => reported.push(words.map(String).join(' ').slice(0, 300));
console.warn = console.error;
Object.defineProperty(globalThis, 'navigator', { value: { userAgent: '' }, configurable: true });
function useDom(dom) {
  const names = ['document', 'HTMLElement', 'Node', 'Element', 'HTMLIFrameElement', 'MutationObserver', 'Event'];
  for (const name of names) Object.defineProperty(globalThis, name, { value: dom.window[name], configurable: true });
  Object.defineProperty(globalThis, 'window', { value: dom.window, configurable: true });
  dom.window.reportError = (error) => reported.push(String(error));
}
// React keeps to the document that is there when it is loaded, for what it loads ahead.
const firstDom = new JSDOM('<!DOCTYPE html>', { pretendToBeVisual: true });
useDom(firstDom);
globalThis.reportError = (error) => reported.push(String(error));

// The browser's modules, as the library's own loader gives them: each component behind its fallback.
globalThis.__webpack_chunk_load__ = () => Promise.resolve();
globalThis.__webpack_get_script_filename__ = (id) => id;
globalThis.__webpack_require__ = (id) => modules[id] ?? {};
const React = require('react');
const { createElement, useSyncExternalStore } = React;
const { hydrateRoot } = require('react-dom/client');
const { createFromReadableStream, encodeReply } = require('react-server-dom-webpack/client.browser');

function withFallback(Component) {
  return function WithFallback({ fallback = null, ...props }) {
    const inBrowser = useSyncExternalStore(() => () => {}, () => true, () => false);
    return inBrowser ? createElement(Component, props) : fallback;
  };
}
const seen = []; // props of each Probe that was rendered
const modules = {
  '/client/Probe.tsx': {
    Probe: withFallback((props) => {
      seen.push(props);
      return createElement('output', null, props.text);
    }),
  },
  '/client/Panel.tsx': {
    Panel: withFallback(({ title, children }) => createElement('section', null, createElement('h2', null, title), children)),
  },
};

const calls = [];
const read = (rows, size = rows.length) =>
  createFromReadableStream(streamOf(rows, size), { callServer: (id, args) => calls.push({ id, args }) });
const settled = () => new Promise((resolve) => setTimeout(resolve, 30));

// Rows as plain values, so that two readings can be compared: what does not depend on the pieces that they came in.
const plain = (value) => JSON.stringify(value, (key, member) => (key.startsWith('_') ? undefined : member));

async function hydrate({ head, body }, node) {
  const dom = new JSDOM(`<!DOCTYPE html><html><head>${head}</head><body><div id="root">${body}</div></body></html>`, {
    pretendToBeVisual: true,
    url: 'https://app.test/',
  });
  useDom(dom);
  const container = dom.window.document.getElementById('root');
  const before = [...container.querySelectorAll('*')].filter((element) => !element.closest('section, output'));
  const errors = [];
  const note = (error) => errors.push(error.message);
  const page = hydrateRoot(container, node, { onRecoverableError: note, onUncaughtError: note });
  await settled();
  const lost = before.filter((element) => !container.contains(element)).map((element) => element.outerHTML.slice(0, 80));
  const html = container.innerHTML;
  page.unmount();
  return { errors, lost, html };
}

let passed = 0;
const failures = [];
async function test(name, body) {
  try {
    await body();
    passed += 1;
  } catch (error) {
    failures.push(`${name}: ${error.message}`);
  }
}

const pages = run('pages').trim().split('\n').map((line) => JSON.parse(line));
for (const page of pages) {
  const rows = new TextEncoder().encode(page.rows);
  await test(`${page.name}: read`, async () => {
    const whole = plain((await read(rows)).node);
    for (const size of [1, 7]) if (plain((await read(rows, size)).node) !== whole) throw new Error(`pieces of ${size}`);
  });
  await test(`${page.name}: hydrated`, async () => {
    const { errors, lost } = await hydrate(page, (await read(rows)).node);
    if (errors.length || lost.length) throw new Error(JSON.stringify({ errors, lost }));
  });
}

await test('props reach the component as they were', async () => {
  const page = pages.find(({ name }) => name === 'component without a fallback');
  seen.length = 0;
  await hydrate(page, (await read(new TextEncoder().encode(page.rows))).node);
  const { save, ...props } = seen[0];
  deepStrictEqual(props, { text: '$text', mood: 'loud', points: [{ x: 0.5, y: -1e-7 }] });
  await save('$new');
  deepStrictEqual(calls.at(-1), { id: 'save', args: ['$k', '$new'] });
});

await test('hints are followed when a page is read, in front of it', async () => {
  const { rows } = pages.find(({ name }) => name === 'hints');
  await read(new TextEncoder().encode(rows));
  const links = [...firstDom.window.document.head.querySelectorAll('link')].map(({ attributes }) =>
    Object.fromEntries([...attributes].map(({ name, value }) => [name, value])),
  );
  deepStrictEqual(links, [
    { rel: 'preload', as: 'font', href: '/$font.woff2', crossorigin: '', type: 'font/woff2' },
    { rel: 'preload', as: 'image', href: '/hero.webp', fetchpriority: 'high' },
    { rel: 'modulepreload', href: '/heavy.js' },
    { rel: 'preconnect', href: 'https://cdn.test', crossorigin: 'use-credentials' },
    { rel: 'dns-prefetch', href: 'https://dns.test' },
  ]);
});

const values = [
  [],
  [1, 'a', true, null],
  ['$', '$$', '$1', '$undefined', 'é漢😀\n\u0000'],
  [{ a: [{ b: 'c' }], '': 0, 'x:y': { z: 1 } }],
  [0.1, -0.5, 1e21, 1e-7, 2 ** 53 - 1],
  [[], {}, [[], [{}]]],
  ['x'.repeat(100000)],
];
const bodies = [];
for (const value of values) bodies.push(await encodeReply(value));
const shared = { x: 1 };
bodies.push(await encodeReply([shared, { p: shared }]));
values.push([{ x: 1 }, { p: { x: 1 } }]);
const decoded = run('decode', `${bodies.join('\n')}\n`).trimEnd().split('\n');
for (const [i, value] of values.entries())
  await test(`arguments ${bodies[i].slice(0, 60)}`, () => deepStrictEqual(JSON.parse(decoded[i]), value));

await test('nothing was reported to the window', () => deepStrictEqual(reported, []));

for (const failure of failures) console.log(failure);
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
