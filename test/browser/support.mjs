// What the browser tests share: Debian's Chromium, servers of their own, and what a page did wrong.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const clientDir = new URL('../../client/', import.meta.url);
export const require = createRequire(new URL('package.json', clientDir));
const { chromium } = require('playwright-core');

/** `keepsPages`: as for people, the back button finds a page as it was (bfcache), which Playwright switches off. */
export function launch({ keepsPages = false } = {}) {
  const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  if (!executablePath) throw new Error('no Chromium: install the package chromium');
  const ignoreDefaultArgs = keepsPages ? ['--disable-back-forward-cache'] : [];
  return chromium.launch({ executablePath, ignoreDefaultArgs, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
}

/** A page whose mistakes are gathered: errors of its scripts, and what the console says. */
export async function openPage(context, url) {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.mistakes = [];
  page.documents = 0;
  page.on('pageerror', (error) => page.mistakes.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const { url } = message.location();
    if (message.type() === 'error' || message.type() === 'warning')
      page.mistakes.push(`${message.type()}: ${message.text()} (${url})`);
  });
  page.on('load', () => page.documents++);
  await page.goto(url);
  return page;
}

/**
 * For a page's start: `seen` is each text of its root that was on the screen since then, or since the browser took the
 * page out of its memory (`restored`).
 */
export function watchRoot() {
  self.seen = [];
  const look = () => {
    const root = document.getElementById('hydrate-root');
    if (root?.checkVisibility()) self.seen.push(root.innerText);
  };
  const each = () => {
    look();
    requestAnimationFrame(each);
  };
  requestAnimationFrame(each);
  addEventListener('pageshow', ({ persisted }) => {
    self.restored = persisted;
    if (!persisted) return;
    self.seen = [];
    look();
  });
}

/** Chromium itself says so when nobody listens; no page can keep it from that. */
export const isRefusedConnection = (mistake) =>
  /ERR_CONNECTION_(REFUSED|RESET)|WebSocket connection to .* failed/.test(mistake);

/** Waits until `look` gives a true value, and returns it. For what no event of the page tells. */
export async function eventually(what, look, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`${what} did not happen in ${ms} ms`);
    await new Promise((waited) => setTimeout(waited, 20));
  }
}

/** As browsers' translators do it: each text gives way to one of theirs, in elements of theirs. */
export const translate = (page) =>
  page.evaluate(() => {
    const all = document.createTreeWalker(document.getElementById('hydrate-root'), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (all.nextNode()) texts.push(all.currentNode);
    for (const text of texts) {
      const font = document.createElement('font');
      font.append(document.createElement('font'));
      font.firstChild.append(text.data);
      text.replaceWith(font);
    }
  });

export const online = (page) => page.waitForSelector('html[data-duramen-connection="online"]', { state: 'attached' });

/**
 * A server of the program that an environment variable names, with a data directory of its own. `start` again after
 * `kill`: the same port, the same data.
 */
export class AppServer {
  #variable;
  #options;
  #data = mkdtempSync(join(tmpdir(), 'duramen-browser-'));
  #listen = '127.0.0.1:0';
  #process;
  url;
  /** What the program has written to its log. */
  log = '';

  constructor(variable, ...options) {
    this.#variable = variable;
    this.#options = options;
  }

  async start() {
    const program = process.env[this.#variable];
    if (!program) throw new Error(`${this.#variable} names no program`);
    const child = spawn(program, ['--listen', this.#listen, '--data', this.#data, ...this.#options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.on('data', (text) => {
      this.log += text;
      process.stderr.write(text);
    });
    this.#process = child;
    const lines = createInterface({ input: child.stdout });
    const line = await Promise.race([
      once(lines, 'line').then(([text]) => text),
      once(child, 'exit').then(([status]) => Promise.reject(new Error(`${program} ended with status ${status}`))),
    ]);
    this.url = line.replace('listening on ', '').trim();
    this.#listen = new URL(this.url).host;
    return this;
  }

  async kill(signal = 'SIGKILL') {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async end() {
    await this.kill();
    rmSync(this.#data, { recursive: true, force: true });
  }
}

export class NotesServer extends AppServer {
  constructor(...options) {
    super('NOTES_BIN', ...options);
  }
}
