// Where React's Flight client gets an app's components from: the two functions that webpack would define. This module
// must be evaluated before react-server-dom-webpack, which reads `__webpack_require__` as it is evaluated.
//
// Flight keeps a failed chunk for ever, so a load that fails is tried again in here and fails only when the server is
// there and says no.

import { withFallback } from './fallback.ts';

type Exports = Readonly<Record<string, unknown>>;

export interface LoaderHost {
  import(url: string): Promise<Exports>;
  /** Whether the server has the file; rejects when no server answers. */
  exists(url: string): Promise<boolean>;
  wait(ms: number): Promise<void>;
}

/** The server no longer has a module's file: it is of another build than the page. */
export class ModuleGoneError extends Error {
  override readonly name = 'ModuleGoneError';
}

const mostRetries = 3;
const longestWaitMs = 5_000;

export class ModuleLoader {
  readonly #host: LoaderHost;
  readonly #exports = new Map<string, Exports>();
  readonly #own = new Map<string, Exports>();
  readonly #loading = new Set<Promise<void>>();

  constructor(host: LoaderHost) {
    this.#host = host;
  }

  /** The module's exports, its components wrapped once: React keeps the state of a component whose type stays. */
  require(id: string): Exports {
    const exports = this.#exports.get(id);
    if (!exports) throw new Error(`the module ${id} is not loaded`);
    return exports;
  }

  /** A module that the page has: it is not fetched. */
  provide(id: string, exports: Exports): void {
    this.#own.set(id, exports);
  }

  load(id: string, url: string): Promise<void> {
    const own = this.#own.get(id);
    const load = (own ? Promise.resolve(own) : this.#import(url)).then((exports) => {
      this.#exports.set(id, wrapped(exports));
    });
    this.#loading.add(load);
    const ended = (): boolean => this.#loading.delete(load);
    load.then(ended, ended);
    return load;
  }

  /** Undefined when no load is in flight; else settles when those have ended, and rejects if one of them failed. */
  pending(): Promise<unknown> | undefined {
    return this.#loading.size === 0 ? undefined : Promise.all(this.#loading);
  }

  async #import(url: string): Promise<Exports> {
    for (let retries = 0, waits = 0; ; waits++) {
      try {
        // A browser may remember that a URL failed; the query makes another of it.
        return await this.#host.import(waits === 0 ? url : `${url}?retry=${waits}`);
      } catch (error) {
        const exists = await this.#host.exists(url).catch(() => undefined);
        if (exists === false) throw new ModuleGoneError(`the server has no ${url}`, { cause: error });
        if (exists === true && ++retries > mostRetries) throw error;
      }
      await this.#host.wait(Math.min(200 * 2 ** waits, longestWaitMs));
    }
  }
}

function wrapped(exports: Exports): Exports {
  return Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, withFallback(value)]));
}

declare global {
  var __webpack_require__: { (id: string): Exports; u?: (chunk: string) => string };
  var __webpack_chunk_load__: (chunk: string) => Promise<void>;
  var __webpack_get_script_filename__: (chunk: string) => string;
}

/** The page's modules. Flight's client finds them through two globals, so there is one loader in a page. */
export const modules = new ModuleLoader({
  import: (url) => import(url),
  exists: async (url) => (await fetch(url, { method: 'HEAD', cache: 'no-store' })).ok,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

globalThis.__webpack_require__ = (id) => modules.require(id);
// The chunk's id is the module's id, which outlives builds; Flight answers `u` with the file of this build.
const fileOf = (chunk: string): string => globalThis.__webpack_require__.u?.(chunk) ?? chunk;
globalThis.__webpack_chunk_load__ = (chunk) => modules.load(chunk, fileOf(chunk));
// React's development build looks up how long a file took to load.
globalThis.__webpack_get_script_filename__ = fileOf;
