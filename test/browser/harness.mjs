// A small server that speaks the stock wire and does what a test says: it holds files and answers back, pushes pages,
// drops sockets. Pages are Flight rows written by hand, so the rules are tried without the C++ side.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clientDir, eventually, require } from './support.mjs';

const { WebSocketServer } = require('ws');
const { buildSync, transformSync } = require('esbuild');
const mergeSource = transformSync(readFileSync(new URL('src/merge.ts', clientDir), 'utf8'), {
  loader: 'ts',
  format: 'esm',
});
const { merge } = await import(`data:text/javascript,${encodeURIComponent(mergeSource.code)}`);

/** Flight's name of a component of Probe.tsx or Slow.tsx, for `element`. */
export const element = (type, props = {}, key = null) => ['$', type, key, props];

/** What C++ would print: a component's place holds its fallback. */
function htmlOf(node) {
  if (node === undefined || node === null) return '';
  if (typeof node === 'string') return node;
  if (node[0] !== '$') return node.map(htmlOf).join('');
  const [, type, , { children, defaultValue, style, fallback, ...attributes }] = node;
  if (type.startsWith('$L')) return htmlOf(fallback);
  if (style)
    attributes.style = Object.entries(style)
      .map(([name, value]) => `${name}:${typeof value === 'number' ? `${value}px` : value}`)
      .join(';');
  const written = Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('');
  return type === 'input' ? `<input${written}/>` : `<${type}${written}>${htmlOf(children ?? defaultValue)}</${type}>`;
}

export class Harness {
  #folder = mkdtempSync(join(tmpdir(), 'duramen-harness-'));
  #files = new Map();
  #server = createServer((request, response) => void this.#serve(request, response));
  #sockets = new WebSocketServer({ noServer: true });
  #port = 0;
  runtime;
  urls = {};
  /** All sockets that ever joined, in order. */
  clients = [];
  /** What a file's request waits for, by a part of its name: the status that it is answered with. */
  held = new Map();
  requested = [];
  document = { html: '', rows: '' };
  /** The document's entry script: the library's own, or the URL of one that `addEntry` made. */
  entry;
  /** Whether the app has sessions: its documents say so. */
  knowsClients = false;
  /** While true, nobody joins. */
  refusesSockets = false;
  /** How many sockets were asked for, and what they wait for. */
  upgrades = 0;
  upgradesWait = undefined;
  /** For `GET …?__rsc`: rows, or undefined for 404. */
  fetched = () => undefined;
  /** What is no page, by its path: `{ status, headers, body }` of a request. */
  elsewhere = new Map();
  /** All requests but those for the runtime's files: "GET /path?query". */
  asked = [];
  /** For an action by POST, when its body has come: what the answer holds, and how. */
  posted = () => ({ status: 404, body: '' });
  posts = [];

  async start() {
    this.#build();
    this.#server.on('upgrade', async (request, socket, head) => {
      if (this.refusesSockets) return void socket.destroy();
      this.upgrades++;
      await this.upgradesWait;
      this.#sockets.handleUpgrade(request, socket, head, (joined) =>
        this.clients.push(new Client(this, joined, request)),
      );
    });
    await this.listen();
    return this;
  }

  get listening() {
    return this.#server.listening;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen() {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = this.#server.address().port;
  }

  /** As if the program had been killed. */
  async away() {
    for (const client of this.clients) client.drop();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async end() {
    if (this.#server.listening) await this.away();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Forgets what the test before left. */
  reset() {
    for (const client of this.clients) client.drop();
    this.clients = [];
    this.held.clear();
    this.requested = [];
    this.entry = this.runtime.entry;
    this.knowsClients = false;
    this.refusesSockets = false;
    this.upgrades = 0;
    this.upgradesWait = undefined;
    this.fetched = () => undefined;
    this.elsewhere.clear();
    this.asked = [];
    this.posted = () => ({ status: 404, body: '' });
    this.posts = [];
  }

  /** Rows of a page. `$LProbe.Counter` in `node` is a component, `$hact` the action `act`. */
  rows(node, { result } = {}) {
    const head = [];
    const ids = new Map();
    const idOf = (name, row) => {
      if (!ids.has(name)) {
        ids.set(name, (ids.size + 2).toString(16));
        head.push(`${ids.get(name)}:${row()}\n`);
      }
      return ids.get(name);
    };
    const text = JSON.stringify(node, (_, value) => {
      if (typeof value !== 'string') return value;
      const component = /^\$L(\w+)\.(\w+)$/.exec(value);
      if (component) {
        const [, file, name] = component;
        const id = `/components/${file}.tsx`;
        return `$L${idOf(value, () => `I${JSON.stringify([id, [id, this.urls[file]], name])}`)}`;
      }
      const action = /^\$h([a-z]\w+)$/.exec(value);
      return action ? `$h${idOf(value, () => JSON.stringify({ id: action[1], bound: null }))}` : value;
    });
    const answer = result === undefined ? '' : `10000000:${result}\n`;
    const failed = result?.startsWith('E');
    const envelope = result === undefined ? '' : `,"actionResult":"$${failed ? '@' : ''}10000000"`;
    return `${answer}${head.join('')}1:${text}\n0:{"node":"$1"${envelope}}\n`;
  }

  /** The page of the document. */
  opensWith(node) {
    this.document = { html: htmlOf(node), rows: this.rows(node) };
  }

  /** An entry script of an app's own, whole in one file; pages with it show no components. */
  usesEntry(source) {
    const { outputFiles } = buildSync({
      stdin: { contents: source, resolveDir: fileURLToPath(clientDir), loader: 'ts' },
      bundle: true,
      format: 'esm',
      define: { 'process.env.NODE_ENV': '"production"' },
      write: false,
    });
    this.entry = '/assets/own-entry.js';
    this.#files.set(this.entry, Buffer.from(outputFiles[0].contents));
  }

  /** The nth socket that joined. */
  client(n = 0) {
    return eventually(`client ${n}`, () => this.clients[n]);
  }

  #build() {
    const run = (...args) => {
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: fileURLToPath(clientDir), encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    };
    const components = fileURLToPath(new URL('.', import.meta.url));
    const runtimeJson = join(this.#folder, 'runtime.json');
    run('build/runtime.mjs', this.#folder);
    const names = ['Probe', 'Slow'];
    const out = join(this.#folder, 'app');
    run('build/app.mjs', 'probes', components, runtimeJson, out, ...names.map((name) => `components/${name}.tsx`));
    this.runtime = JSON.parse(readFileSync(runtimeJson, 'utf8'));
    for (const folder of [join(this.#folder, 'files'), join(out, 'files')]) {
      for (const name of readdirSync(folder)) this.#files.set(`/assets/${name}`, readFileSync(join(folder, name)));
    }
    this.entry = this.runtime.entry;
    for (const name of names)
      this.urls[name] = [...this.#files.keys()].find((url) => url.startsWith(`/assets/${name}-`));
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.url);
    const file = this.#files.get(url.pathname);
    if (file) {
      this.requested.push(`${request.method} ${url.pathname}${url.search}`);
      const hold = [...this.held].find(([part]) => url.pathname.includes(part));
      const status = hold ? await hold[1](request) : 200;
      if (status === 'cut') return void request.destroy();
      response.writeHead(status, { 'content-type': 'text/javascript', 'cache-control': 'no-store' });
      return void response.end(status === 200 ? file : '');
    }
    if (url.pathname === '/healthz' && request.method === 'HEAD') return void response.end();
    if (request.method === 'POST') {
      const pieces = [];
      for await (const piece of request) pieces.push(piece);
      const post = { id: url.searchParams.get('__rsc_action_id'), body: Buffer.concat(pieces).toString() };
      this.posts.push(post);
      const { status = 200, type = 'text/x-component', body } = await this.posted(post);
      response.writeHead(status, { 'content-type': type });
      return void response.end(body);
    }
    this.asked.push(`${request.method} ${url.pathname}${url.search}`);
    const other = this.elsewhere.get(url.pathname);
    if (other) {
      const { status = 200, headers = {}, body = '' } = await other(url, request);
      response.writeHead(status, headers);
      return void response.end(body);
    }
    if (url.searchParams.has('__rsc')) {
      const rows = this.fetched(url, request);
      response.writeHead(rows === undefined ? 404 : 200, { 'content-type': 'text/x-component' });
      return void response.end(rows);
    }
    const head = this.knowsClients ? '<meta name="duramen-session" content=""/>' : '';
    const data = JSON.stringify(this.document.rows).replaceAll('<', '\\u003c');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!DOCTYPE html><html lang="en"><head><title>Rules</title><link rel="icon" href="data:,"/>${head}</head><body><div id="hydrate-root">${this.document.html}</div><script>(self.__FLIGHT_DATA||=[]).push(${data})</script><script type="module" src="${this.entry}"></script></body></html>`,
    );
  }
}

/** A text with its revisions, merged by the browser's own merge, which has the same vectors as the C++ one. */
export class TextServer {
  #revisions;
  #edits = new Set();

  constructor(content) {
    this.#revisions = [content];
  }

  get number() {
    return this.#revisions.length - 1;
  }

  get latest() {
    return { content: this.#revisions.at(-1), number: this.number, merged: true };
  }

  save(content, base) {
    if (this.#edits.has(base.edit)) return this.latest;
    this.#edits.add(base.edit);
    this.#revisions.push(merge(this.#revisions[base.number], content, this.latest.content).text);
    return this.latest;
  }
}

/** One socket of a browser. */
class Client {
  #harness;
  #socket;
  #streams = 0;
  requests = [];
  key;
  url;
  closed = false;
  onRequest = () => {};

  constructor(harness, socket, request) {
    this.#harness = harness;
    this.#socket = socket;
    const { searchParams } = new URL(request.url, 'http://harness');
    this.key = searchParams.get('key');
    this.url = searchParams.get('url');
    socket.on('message', (data) => {
      const asked = JSON.parse(data.subarray(1).toString());
      this.requests.push(asked);
      void this.onRequest(asked);
    });
    socket.on('close', () => (this.closed = true));
  }

  /** The nth request of this socket. */
  request(n = 0) {
    return eventually(`request ${n}`, () => this.requests[n]);
  }

  push(node) {
    this.pushRows(this.#harness.rows(node));
  }

  pushRows(rows, status = 200) {
    this.#stream(0, `00000000-0000-4000-8000-${String(++this.#streams).padStart(12, '0')}`, status, rows);
  }

  /** `result` is a Flight model, such as `"\"done\""`, or an error row, `E{…}`. */
  answer({ requestId }, node, result) {
    this.#stream(4, requestId, 200, this.#harness.rows(node, { result }));
  }

  fail({ requestId }, error) {
    this.#send(7, requestId, JSON.stringify({ error }));
  }

  close(code) {
    this.#socket.close(code);
  }

  drop() {
    this.#socket.terminate();
  }

  #stream(type, id, status, rows) {
    this.#send(type, String.fromCharCode(status >> 8, status & 255), id);
    this.#send(type + 1, id, rows);
    this.#send(type + 2, id);
  }

  #send(type, ...parts) {
    const bytes = parts.flatMap((part, i) => [Buffer.from(part, type % 4 === 0 && i === 0 ? 'latin1' : 'utf8')]);
    this.#socket.send(Buffer.concat([Buffer.of(type), ...bytes]));
  }
}
