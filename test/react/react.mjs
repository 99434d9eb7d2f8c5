// React as compare.mjs asks it: its client reads rows, hydrates HTML and sends arguments; react-dom/server prints HTML.
// What its server writes needs a process of its own: react_server.mjs.
//
// REACT_ROOT names a folder with node_modules of react, react-dom, react-server-dom-webpack and jsdom; without it, client/.

import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Call, build, describe } from './jsv.mjs';
import { streamOf } from './pieces.mjs';

process.env.NODE_ENV = 'production';
const root = process.env.REACT_ROOT ?? fileURLToPath(new URL('../../client', import.meta.url));
const require = createRequire(`${root}/package.json`);
const { JSDOM } = require('jsdom');

function useDom(dom) {
  const names = ['document', 'HTMLElement', 'Node', 'Element', 'HTMLIFrameElement', 'MutationObserver', 'Event'];
  for (const name of names) Object.defineProperty(globalThis, name, { value: dom.window[name], configurable: true });
  Object.defineProperty(globalThis, 'window', { value: dom.window, configurable: true });
}
useDom(new JSDOM('<!DOCTYPE html>'));

// Any module that rows name exists, and has the component that they name it for.
const modules = new Map();
function moduleNamed(id) {
  if (!modules.has(id)) modules.set(id, { [id]: Object.assign(() => null, { clientId: id }) });
  return modules.get(id);
}
globalThis.__webpack_require__ = moduleNamed;
globalThis.__webpack_chunk_load__ = () => Promise.resolve();

const { jsx } = require('react/jsx-runtime');
const { useId } = require('react');
const { renderToReadableStream, renderToString } = require('react-dom/server.edge');
const { hydrateRoot } = require('react-dom/client');
const { createFromReadableStream, createServerReference, encodeReply } =
  require('react-server-dom-webpack/client.browser');

const callServer = (id, bound) => new Call(id, bound);
// Rows that refer to a row that never comes keep their reader waiting.
function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('not read after 3 s')), 3000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** What `bytes` of rows, come in pieces of `size`, are to React's client: {value: JSV}, or {rootError}. */
export async function meaningOf(bytes, size = bytes.length) {
  let value;
  try {
    value = await inTime(createFromReadableStream(streamOf(new Uint8Array(bytes), size), { callServer }));
  } catch ({ digest, message }) {
    return { rootError: digest === undefined ? { message } : { digest } };
  }
  return { value: await inTime(describe(value)) };
}

// A component that runs in the browser alone shows its fallback on the server.
const onServer = ({ fallback = null }) => fallback;
function component(jsv, from) {
  return function FromCase() {
    if (jsv.throws) throw Object.assign(new Error(jsv.throws), { digest: jsv.digest });
    if (jsv.useId) return jsx('span', { id: Array.from({ length: Number(jsv.useId) }, useId).join(' ') });
    return from(jsv.result);
  };
}
const side = { jsx, client: () => onServer, server: (id) => createServerReference(id, callServer), component };

/** The HTML that React prints for a tree, a whole document with its type; throws if React refuses it. */
export async function htmlOf(tree) {
  if (tree?.type !== 'html') return renderToString(build(tree, side));
  // Content of any size stays in its place, as renderToString has it.
  const stream = await renderToReadableStream(build(tree, side), { onError() {}, progressiveChunkSize: Infinity });
  await stream.allReady;
  return text(stream);
}

const shell = (html) => (/^<!doctype/i.test(html) ? html : `<!DOCTYPE html><body><div id="root">${html}</div>`);

/** What a browser makes of HTML, for comparison: of comments, only those count that React reads. */
export function domOf(html) {
  const plain = (node) => {
    if (node.nodeType === 3) return node.data;
    if (node.nodeType === 8) return { comment: /^(\$|\/\$|&|\/&)/.test(node.data) ? node.data : '' };
    const children = [...(node.content ?? node).childNodes].map(plain);
    const attributes = [...(node.attributes ?? [])].map(({ name, value }) => `${name}=${value}`).sort();
    return { name: node.nodeName, attributes, children };
  };
  return plain(new JSDOM(shell(html)).window.document);
}

/** Lets React hydrate `html` with `tree`: the errors that it recovered from, and how many elements it made anew. */
export async function hydrated(html, tree) {
  const dom = new JSDOM(shell(html), { pretendToBeVisual: true, url: 'https://app.test/' });
  const reported = [];
  dom.window.reportError = (error) => reported.push(String(error));
  useDom(dom);
  const container = dom.window.document.getElementById('root');
  const before = [...container.querySelectorAll('*')].filter(({ nodeName }) => nodeName !== 'TEMPLATE');
  const errors = [];
  const note = (error) => errors.push(error.message);
  const page = hydrateRoot(container, build(tree, side), { onRecoverableError: note, onUncaughtError: note });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const lost = before.filter((element) => !container.contains(element)).length;
  page.unmount();
  return { errors: [...errors, ...reported], lost };
}

/** The body in which a browser sends `value`, as the cases write one (test/vectors/flight/README.md). */
export async function encoded(value) {
  const body = await encodeReply(build(value, side));
  if (typeof body === 'string') return { kind: 'string', body };
  const parts = [];
  for (const [name, part] of body)
    parts.push(
      typeof part === 'string'
        ? { name, text: part }
        : { name, filename: part.name, type: part.type, b64: Buffer.from(await part.arrayBuffer()).toString('base64') },
    );
  return { kind: 'formdata', parts };
}

/** What a value means to who sends it: the JSV that `describe` gives. */
export const meaningOfValue = (value) => describe(build(value, side));
