// Pages and actions over the realtime socket. The key names the group of clients that are told of each other's changes;
// it is asked again after each client navigation. A new key is a new connection: the old one stays until the new one's
// page is shown and its own calls have settled, and nothing that comes by it is shown after the navigation.

import { CallOrder, type Turn } from './call_order.ts';
import { Connection } from './connection.ts';
import { NoPageError, fetchPage, postAction, settled } from './fetch_transport.ts';
import { encodeArguments, type CallServer } from './flight.ts';
import type { Link } from './link.ts';
import { randomUuid } from './random_id.ts';
import { onBrowserWake, type SocketHost } from './socket.ts';
import type { StatusStore } from './status.ts';
import type { WholeStream } from './stream_table.ts';
import { clientUrl, type Transport } from './transport.ts';

export type RealtimeKey = string | (() => string);

/** Sees each response first, and returns false to keep it from being shown. */
export type HandleResponse = (response: Response) => boolean | void;

export interface RealtimeParts {
  readonly link: Link;
  readonly status: StatusStore;
  readonly key: RealtimeKey;
  readonly handleResponse: HandleResponse | undefined;
  /** Hears of what no caller waits for, such as a message that is no frame. */
  readonly failed: (error: unknown) => void;
}

/** A place that the person went to. Pages are shown only if they are of the present one. */
class View {
  readonly #arrived: (version: number) => void;
  readonly fail: (error: unknown) => void;
  /** The version of the view's first page. */
  readonly firstVersion: Promise<number>;

  constructor() {
    let arrived: (version: number) => void = () => {};
    let fail: (error: unknown) => void = () => {};
    this.firstVersion = new Promise((resolve, reject) => {
      arrived = resolve;
      fail = reject;
    });
    this.firstVersion.catch(() => {}); // of a view that was left meanwhile, nobody asks
    this.#arrived = arrived;
    this.fail = fail;
  }

  arrive(version: number): void {
    this.#arrived(version);
  }
}

/** A connection, where it looks, and the view whose pages it brings: none from asking for another until the answer. */
interface Line {
  readonly connection: Connection;
  readonly callServer: CallServer;
  url: string;
  view: View | undefined;
}

// Components that a navigation took off the page may have something left to save by the connection of that page.
const lastCallsMs = 250;
// After a sleep a socket may be dead without knowing it: one that was silent for so long is asked for the page…
const silentMs = 30_000;
// …which is due by then.
const answerMs = 5_000;

export class Realtime implements Transport {
  readonly #parts: RealtimeParts;
  readonly #leaving = new Set<Line>();
  readonly #calls = new CallOrder();
  #view = new View();
  #line: Line;

  constructor(parts: RealtimeParts) {
    this.#parts = parts;
    this.#line = this.#open(this.#keyNow(), this.#view);
    onBrowserWake(() => this.#checkAlive(this.#line));
  }

  readonly callServer: CallServer = (id, args) => this.#line.callServer(id, args);

  async navigate(): Promise<void> {
    const view = new View();
    this.#view = view;
    const key = this.#keyNow();
    if (key === this.#line.connection.key) {
      this.#look(this.#line, view);
    } else {
      this.#leaving.add(this.#line);
      this.#line = this.#open(key, view);
    }
    await this.#parts.link.whenShown(await view.firstVersion);
    for (const line of this.#leaving) void this.#leave(line);
    this.#leaving.clear();
  }

  #keyNow(): string {
    const { key } = this.#parts;
    return typeof key === 'string' ? key : key();
  }

  #open(key: string, view: View): Line {
    let everJoined = false;
    const isPresent = (): boolean => this.#line === line;
    const connection = new Connection(
      key,
      this.#host(key, () => line.url),
      {
        joined: () => {
          everJoined = true;
          line.view ??= this.#view; // the URL of the join is the present one
          if (isPresent()) this.#parts.status.set('online');
        },
        lost: () => isPresent() && this.#parts.status.set('connecting'),
        refused: () => {
          if (isPresent()) this.#parts.status.set('offline');
          if (!everJoined) void this.#fetch(line, view);
        },
        page: (stream) => {
          if (isPresent() && line.view === this.#view && this.#accepts(stream)) this.#show(line, this.#view, stream);
        },
        broken: this.#parts.failed,
      },
      () => this.#parts.link.nextVersion(),
    );
    const callServer: CallServer = (id, args) => this.#call(line, id, args);
    const line: Line = { connection, callServer, url: clientUrl(window.location), view };
    connection.start();
    return line;
  }

  #host(key: string, url: () => string): SocketHost {
    return {
      open: () => new WebSocket(this.#socketUrl(key, url())),
      random: Math.random,
      onWake: onBrowserWake,
    };
  }

  #socketUrl(key: string, url: string): URL {
    const socketUrl = new URL('/__realtime', window.location.href);
    socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';
    socketUrl.searchParams.set('key', key);
    socketUrl.searchParams.set('url', url);
    // A client is a socket: an id of its own keeps a server from taking the new one for the old, not yet closed one.
    socketUrl.searchParams.set('clientId', randomUuid());
    // A page that was not found, or may not be seen, is shown like any other.
    socketUrl.searchParams.set('shouldForwardResponses', 'true');
    return socketUrl;
  }

  async #call(line: Line, id: string, args: readonly unknown[]): Promise<unknown> {
    const turn = this.#calls.next();
    const encoding = encodeArguments(args); // now: an argument may change while the call waits
    encoding.catch(() => {}); // the call hears of it in its turn
    try {
      await turn.mayFollow;
      const encoded = await encoding;
      return await (typeof encoded === 'string'
        ? this.#send(line, id, encoded, turn)
        : this.#post(line, id, encoded, turn));
    } finally {
      turn.ended();
    }
  }

  /** The line of a page that was left may be closed by now. */
  #usable(line: Line): Line {
    return line.connection.isClosed ? this.#line : line;
  }

  #send(line: Line, id: string, args: string, turn: Turn): Promise<unknown> {
    const by = this.#usable(line);
    const view = this.#view;
    return new Promise((resolve, reject) => {
      by.connection.call(this.#request(by, id, args), {
        answered: (stream) => {
          turn.ended();
          const caller = { resolve, reject };
          const shows = by === this.#line && view === this.#view && this.#accepts(stream);
          if (shows) this.#parts.link.answer(stream.order, stream.bytes, by.callServer, caller);
          else this.#parts.link.answerOnly(stream.bytes, by.callServer, caller);
        },
        failed: (error) => {
          turn.ended();
          reject(error);
        },
      });
      turn.sent();
    });
  }

  /**
   * A call whose arguments the socket cannot carry. Its answer holds a page, but nothing orders that page among those
   * of the socket: a push that comes before or after it may be older or newer. So while there is a socket only the
   * result is taken, and the page is asked for by the socket, which gives what the group shows now; both show in one
   * commit. Without a socket no push can be on its way, and the next join's page is newer: then the answer's page is
   * shown, unless another one came since the call was sent.
   */
  async #post(line: Line, id: string, form: FormData, turn: Turn): Promise<unknown> {
    const { link } = this.#parts;
    await turn.mayGoAlone;
    const by = this.#usable(line);
    const view = this.#view;
    const isPresent = (): boolean => by === this.#line && view === this.#view;
    const sentAt = link.nextVersion();
    const { status, bytes } = await postAction(by.url, id, form);
    const version = link.nextVersion();
    const isNewest = version === sentAt + 1;
    const { isOpen } = by.connection;
    // Before any later call goes: the server would let the page wait until that has run.
    const asked = isOpen && isPresent() ? this.#asked(by, isPresent) : undefined;
    turn.ended();
    if (!isOpen && isPresent() && isNewest && this.#accepts({ status, bytes }))
      return settled((caller) => link.answer(version, bytes, by.callServer, caller));
    const result = await settled((caller) => link.answerOnly(bytes, by.callServer, caller));
    await asked;
    return result;
  }

  /** Resolves in one commit with the page that the line shows now, or when that cannot be had. */
  #asked(line: Line, isPresent: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => resolve();
      line.connection.call(this.#request(line, null, null), {
        answered: (stream) => {
          if (!isPresent() || !this.#accepts(stream)) return done();
          const reject = (error: unknown): void => {
            this.#parts.failed(error);
            done();
          };
          this.#parts.link.answer(stream.order, stream.bytes, line.callServer, { resolve: done, reject });
        },
        failed: done, // the next join brings the page
      });
    });
  }

  #request(line: Line, id: string | null, args: string | null) {
    return { id, args, requestId: randomUuid(), clientUrl: line.url };
  }

  /** The same connection, another page. What comes before the answer is still of the page that was left. */
  #look(line: Line, view: View): void {
    line.url = clientUrl(window.location);
    line.view = undefined;
    if (!line.connection.isOpen) return; // joining brings the page
    line.connection.call(this.#request(line, null, null), {
      answered: (stream) => {
        if (view !== this.#view) return;
        line.view = view;
        if (this.#accepts(stream)) this.#show(line, view, stream);
      },
      failed: (error) => {
        if (line.connection.isOpen) view.fail(error); // else the next join brings the page
      },
    });
  }

  #show(line: Line, view: View, stream: WholeStream): void {
    this.#parts.link.push(stream.order, stream.bytes, line.callServer);
    view.arrive(stream.order);
  }

  #accepts({ status, bytes }: Pick<WholeStream, 'status' | 'bytes'>): boolean {
    const { handleResponse } = this.#parts;
    if (!handleResponse || status < 200 || status > 599) return true;
    const hasNoBody = status === 204 || status === 205 || status === 304;
    const response = new Response(hasNoBody ? null : bytes.slice(), { status });
    return handleResponse(response) !== false;
  }

  /** No socket yet for a page that the person wants to see: ask for the page itself. */
  async #fetch(line: Line, view: View): Promise<void> {
    const order = this.#parts.link.nextVersion(); // what the socket brings meanwhile is newer
    try {
      const bytes = await fetchPage(line.url);
      if (view !== this.#view || line.view !== view) return;
      this.#show(line, view, { id: '', order, status: 200, bytes });
    } catch (error) {
      if (error instanceof NoPageError) view.fail(error); // a server that cannot be reached is waited for
    }
  }

  async #leave(line: Line): Promise<void> {
    do {
      await line.connection.whenIdle();
      await new Promise((waited) => setTimeout(waited, lastCallsMs));
    } while (!line.connection.isIdle);
    line.connection.close();
  }

  #checkAlive(line: Line): void {
    const { connection, view } = line;
    if (!connection.isOpen || !view || Date.now() - connection.heardAt < silentMs) return;
    const dead = setTimeout(() => connection.reopen(), answerMs);
    connection.call(this.#request(line, null, null), {
      answered: (stream) => {
        clearTimeout(dead);
        if (line === this.#line && view === this.#view && this.#accepts(stream)) this.#show(line, view, stream);
      },
      failed: () => clearTimeout(dead),
    });
  }
}
