// Pages and actions over the realtime socket. The key names the group of clients that are told of each other's changes;
// it is asked again for each client navigation. A new key is a new connection. The old page stays current until the new
// one's has come; then nothing of the old one is shown any more, and its connection stays until its own calls have
// settled.

import { CallOrder, type Turn } from './call_order.ts';
import { Connection } from './connection.ts';
import { fetchPage, postAction, settled } from './fetch_transport.ts';
import { encodeArguments, type CallServer } from './flight.ts';
import { forms } from './forms.ts';
import type { Link, Place } from './link.ts';
import { NoPageError } from './no_page_error.ts';
import { randomUuid } from './random_id.ts';
import { refusalOf } from './retry_after.ts';
import { onBrowserWake, type Refusal, type SocketHost } from './socket.ts';
import type { ConnectionStatus, StatusStore } from './status.ts';
import type { WholeStream } from './stream_table.ts';
import { clientUrl, type Transport } from './transport.ts';
import { holdPage } from './unload.ts';

export type RealtimeKey = string | ((page: URL) => string);

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
class View implements Place {
  readonly url: string;
  readonly enter: () => void;
  /** The version of the view's first page; undefined when it gave way to another view. */
  readonly firstVersion: Promise<number | undefined>;
  readonly arrive: (version: number) => void;
  readonly leave: () => void;
  readonly fail: (error: unknown) => void;
  /** A 404 may be the app's own page, or something else that the server, or a proxy, has there: HTTP tells. */
  isPage: 'unknown' | 'asked' | 'yes' = 'unknown';
  isBeingFetched = false;

  constructor(url: string, enter: () => void) {
    this.url = url;
    this.enter = enter;
    let settle: (version: number | undefined) => void = () => {};
    let fail: (error: unknown) => void = () => {};
    this.firstVersion = new Promise((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
    this.firstVersion.catch(() => {}); // of a view that was left meanwhile, nobody asks
    this.arrive = settle;
    this.leave = () => settle(undefined);
    this.fail = fail;
  }
}

/** A connection, and the view whose pages it brings. */
interface Line {
  readonly connection: Connection;
  readonly callServer: CallServer;
  readonly url: string;
  view: View;
  /** What the server was asked to show to it last; its answer may be on its way. */
  asked: View;
  status: ConnectionStatus;
  /** Its page is shown for want of a newer one only: if no socket can be had, it is fetched. */
  needsPage: boolean;
}

/** A navigation under way: nothing of it has come yet. */
interface Going {
  readonly view: View;
  readonly line: Line;
}

// Components that a navigation took off the page may have something left to save by the connection of that page.
const lastCallsMs = 250;
// After a sleep a socket may be dead without knowing it: one that was silent for so long is asked for the page…
const silentMs = 30_000;
// …which is due by then, as is an answer to why no socket opens.
const answerMs = 5_000;

export class Realtime implements Transport {
  readonly #parts: RealtimeParts;
  readonly #leaving = new Set<Line>();
  readonly #lines = new Set<Line>(); // that are not closed
  readonly #triedSocket = new Set<() => void>();
  readonly #calls = new CallOrder();
  #view = new View(clientUrl(window.location), () => {});
  #line: Line;
  #going: Going | undefined;

  constructor(parts: RealtimeParts) {
    this.#parts = parts;
    this.#line = this.#open(this.#keyOf(this.#view.url), this.#view);
    onBrowserWake(() => this.#checkAlive(this.#line));
  }

  readonly callServer: CallServer = (id, args) => this.#line.callServer(id, args);

  async navigate(url: string, enter: () => void): Promise<void> {
    this.#leaveGoing();
    const view = new View(url, enter);
    const key = this.#keyOf(url);
    const isSame = key === this.#line.connection.key;
    const line = isSame ? this.#line : this.#open(key, view);
    this.#going = { view, line };
    if (isSame) this.#look(line, view);
    else this.#lookBack();
    const version = await view.firstVersion;
    if (version === undefined) return;
    await this.#parts.link.whenShown(version);
    for (const left of this.#leaving) void this.#leave(left);
    this.#leaving.clear();
  }

  stay(): boolean {
    const wasUnderWay = this.#going !== undefined;
    this.#leaveGoing();
    this.#lookBack();
    return wasUnderWay;
  }

  /** The server may have been asked for a page on this line that is not gone to any more. */
  #lookBack(): void {
    const { connection, asked } = this.#line;
    if (asked !== this.#view && connection.isOpen) this.#look(this.#line, this.#view);
  }

  #leaveGoing(): void {
    const going = this.#going;
    this.#going = undefined;
    going?.view.leave();
    if (going && going.line !== this.#line) going.line.connection.close();
  }

  rest(): void {
    this.#line.connection.rest();
  }

  async resume(): Promise<void> {
    const { link } = this.#parts;
    const version = link.nextVersion(); // whatever comes from now on is newer
    this.#line.needsPage = true;
    this.#line.connection.rejoin();
    await link.whenShown(version);
  }

  #keyOf(url: string): string {
    const { key } = this.#parts;
    return typeof key === 'string' ? key : key(new URL(url));
  }

  #open(key: string, view: View): Line {
    const is = (status: ConnectionStatus): void => {
      line.status = status;
      if (line === this.#line) this.#parts.status.set(status);
    };
    const host: SocketHost = {
      open: () => {
        line.asked = line.view;
        return new WebSocket(this.#socketUrl(key, line.url));
      },
      random: Math.random,
      onWake: onBrowserWake,
      whyRefused: () => whyRefused(this.#socketUrl(key, line.url)),
    };
    const connection = new Connection(
      key,
      host,
      {
        joined: () => {
          line.needsPage = false;
          this.#wakeOthers(line);
          // The page may have been gone from, by HTTP, while the socket was on its way.
          const wanted = line.view;
          line.view = line.asked;
          if (wanted !== line.view) this.#look(line, wanted);
          // A server that was full may open a socket and close it again: a page tells that there is a place.
          if (!mustWait(line.status)) is('online');
          this.#tried();
        },
        lost: (sessionEnded) => {
          if (sessionEnded) line.needsPage = true;
          if (!mustWait(line.status)) is('connecting');
        },
        refused: () => {
          is('offline');
          const going = this.#going?.line === line ? this.#going.view : undefined;
          if (going || line.needsPage) void this.#fetch(line, going ?? line.view);
          this.#tried();
        },
        waits: is,
        answered: () => is('online'),
        page: (stream) => {
          is('online');
          if (this.#accepts(stream)) this.#take(line, line.view, stream);
        },
        broken: this.#parts.failed,
      },
      () => this.#parts.link.nextVersion(),
    );
    const callServer: CallServer = (id, args) => this.#call(line, id, args);
    const line: Line = {
      connection,
      callServer,
      view,
      asked: view,
      status: 'connecting',
      needsPage: true,
      get url() {
        return this.view.url;
      },
    };
    this.#lines.add(line);
    connection.start();
    return line;
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
        : this.#post(line, id, args, encoded, turn));
    } finally {
      turn.ended();
    }
  }

  /** Whether what the line brings is of this view, and this view is the one that is shown. */
  #isPresent(line: Line, view: View): boolean {
    return line === this.#line && line.view === view && view === this.#view;
  }

  /** The line of a page that was left may be closed by now. */
  #usable(line: Line): Line {
    return line.connection.isClosed ? this.#line : line;
  }

  #send(line: Line, id: string, args: string, turn: Turn): Promise<unknown> {
    const by = this.#usable(line);
    const view = this.#view;
    const release = holdPage(); // while it waits for the socket
    return new Promise((resolve, reject) => {
      by.connection.call(this.#request(by, id, args), {
        sent: release,
        answered: (stream) => {
          turn.ended();
          const caller = { resolve, reject };
          const shows = this.#isPresent(by, view) && this.#accepts(stream);
          if (shows) this.#parts.link.answer(stream.order, stream.bytes, by.callServer, caller);
          else this.#parts.link.answerOnly(stream.bytes, by.callServer, caller);
        },
        failed: (error) => {
          release();
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
  async #post(line: Line, id: string, args: readonly unknown[], form: FormData, turn: Turn): Promise<unknown> {
    const release = holdPage();
    try {
      await turn.goAlone(id);
      await this.#reachable(line, args);
    } finally {
      queueMicrotask(release); // when the request holds the page
    }
    return this.#postNow(this.#usable(line), id, form, turn);
  }

  async #postNow(by: Line, id: string, form: FormData, turn: Turn): Promise<unknown> {
    const { link } = this.#parts;
    const view = this.#view;
    const isPresent = (): boolean => this.#isPresent(by, view);
    const sentAt = link.nextVersion();
    const { status, bytes, changesCookies } = await postAction(by.url, id, form);
    const version = link.nextVersion();
    const isNewest = version === sentAt + 1;
    const { isOpen } = by.connection;
    // The page of the answer, and those of the present socket, are of who the person was. What is under way by that
    // socket is answered first, unless that takes long.
    if (changesCookies && isOpen) await Promise.race([by.connection.whenIdle(), after(answerMs)]);
    if (changesCookies) by.connection.rejoin();
    // The server would let the page wait until the calls under way have run; their answers bring one that is as new.
    const asksNow = isOpen && isPresent() && (changesCookies || by.connection.isIdle);
    const asked = asksNow ? this.#asked(by, isPresent) : undefined;
    turn.ended();
    if (!isOpen && !changesCookies && isPresent() && isNewest && this.#accepts({ status, bytes }))
      return settled((caller) => link.answer(version, bytes, by.callServer, caller));
    const result = await settled((caller) => link.answerOnly(bytes, by.callServer, caller));
    // A new socket may be long in coming.
    await (changesCookies ? Promise.race([asked, after(answerMs)]) : asked);
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

  /**
   * Resolves when a request is likely to reach the server. Without a socket nobody knows: where a proxy lets none
   * through, HTTP works all the same.
   */
  async #reachable(line: Line, args: readonly unknown[]): Promise<void> {
    const { status } = this.#parts;
    const isOpen = (): boolean => this.#usable(line).connection.isOpen;
    if (isOpen()) return;
    let tried = status.get() === 'connecting' ? this.#nextTry() : Promise.resolve();
    for (;;) {
      forms.waits(args, true);
      await tried;
      tried = this.#nextTry();
      if (isOpen() || (await serverAnswers())) return forms.waits(args, false);
    }
  }

  /** Resolves when a socket has been opened, or could not be. */
  #nextTry(): Promise<void> {
    return new Promise((tried) => this.#triedSocket.add(tried));
  }

  #tried(): void {
    for (const tried of this.#triedSocket) tried();
    this.#triedSocket.clear();
  }

  /** The server is back: what the others wait to send goes now, and not at their own next try. */
  #wakeOthers(line: Line): void {
    for (const other of this.#lines) {
      if (other.connection.isClosed) this.#lines.delete(other);
      else if (other !== line) other.connection.wake();
    }
  }

  #request(line: Line, id: string | null, args: string | null) {
    // The server shows a line what its last request names: not again the page that is about to be left.
    const clientUrl = this.#going?.line === line ? this.#going.view.url : line.url;
    return { id, args, requestId: randomUuid(), clientUrl };
  }

  /** The same connection, another page. What comes before the answer is still of the page before. */
  #look(line: Line, view: View): void {
    if (!line.connection.isOpen) return void this.#fetch(line, view);
    line.asked = view;
    const request = { id: null, args: null, requestId: randomUuid(), clientUrl: view.url };
    line.connection.call(request, {
      answered: (stream) => {
        line.view = view;
        if (this.#accepts(stream)) this.#take(line, view, stream);
      },
      failed: () => {
        if (view === this.#going?.view) void this.#fetch(line, view); // else the next join brings the page
      },
    });
  }

  /** A page of `view`: of the present one, or the first of the one that is gone to. All others are of pages that were left. */
  #take(line: Line, view: View, stream: WholeStream): void {
    if (view === this.#going?.view) return this.#arrive(line, view, stream);
    if (view === this.#view && line === this.#line) this.#parts.link.push(stream.order, stream.bytes, line.callServer);
  }

  #arrive(line: Line, view: View, stream: WholeStream): void {
    if (stream.status === 404 && view.isPage !== 'yes') {
      const isAsked = view.isPage === 'asked';
      view.isPage = 'asked';
      return isAsked ? undefined : void this.#fetch(line, view);
    }
    if (line !== this.#line) {
      this.#leaving.add(this.#line);
      this.#line = line;
      this.#parts.status.set(line.status);
    }
    line.view = view;
    this.#view = view;
    this.#going = undefined;
    const { link } = this.#parts;
    link.enter(view);
    // Pages of the one before may have come since this one began.
    const version = stream.order > link.newestVersion ? stream.order : link.nextVersion();
    link.push(version, stream.bytes, line.callServer);
    view.arrive(version);
  }

  #accepts({ status, bytes }: Pick<WholeStream, 'status' | 'bytes'>): boolean {
    const { handleResponse } = this.#parts;
    if (!handleResponse || status < 200 || status > 599) return true;
    const hasNoBody = status === 204 || status === 205 || status === 304;
    const response = new Response(hasNoBody ? null : bytes.slice(), { status });
    return handleResponse(response) !== false;
  }

  /** The page by HTTP: there is no socket, or it says that there is no such page. */
  async #fetch(line: Line, view: View): Promise<void> {
    if (view.isBeingFetched) return;
    const order = this.#parts.link.nextVersion(); // what the socket brings meanwhile is newer
    const wasMissing = view.isPage === 'asked';
    view.isBeingFetched = true;
    try {
      const answer = await fetchPage(view.url);
      if (wasMissing && answer.status !== 404) throw new NoPageError('what is there is no page of this app');
      view.isPage = 'yes';
      const isGoing = view === this.#going?.view;
      // The socket is there by now, and shows the page before.
      if (isGoing && line.view !== view && line.connection.isOpen) return this.#look(line, view);
      if (!isGoing && line.view !== view) return;
      if (this.#accepts(answer)) this.#take(line, view, { id: '', order, ...answer });
    } catch (error) {
      view.fail(error);
    } finally {
      view.isBeingFetched = false;
    }
  }

  async #leave(line: Line): Promise<void> {
    do {
      await line.connection.whenIdle();
      await new Promise((waited) => setTimeout(waited, lastCallsMs));
    } while (!line.connection.isIdle);
    line.connection.close();
    this.#lines.delete(line);
  }

  #checkAlive(line: Line): void {
    const { connection, view } = line;
    if (!connection.isOpen || this.#going?.line === line || Date.now() - connection.heardAt < silentMs) return;
    const dead = setTimeout(() => connection.reopen(), answerMs);
    connection.call(this.#request(line, null, null), {
      answered: (stream) => {
        clearTimeout(dead);
        if (line.view === view && this.#accepts(stream)) this.#take(line, view, stream);
      },
      failed: () => clearTimeout(dead),
    });
  }
}

/** Until a page comes, whatever sockets do. */
function mustWait(status: ConnectionStatus): boolean {
  return status === 'full' || status === 'retrying';
}

function after(ms: number): Promise<void> {
  return new Promise((waited) => setTimeout(waited, ms));
}

// What a proxy says of a server that is not there.
const awayStatuses: readonly number[] = [502, 503, 504];

async function serverAnswers(): Promise<boolean> {
  try {
    const { status } = await fetch(new URL('/healthz', window.location.href), { method: 'HEAD', cache: 'no-store' });
    return !awayStatuses.includes(status);
  } catch {
    return false;
  }
}

/** A plain request to the socket's URL is refused as the socket is, and a script may read that. */
async function whyRefused(url: URL): Promise<Refusal | undefined> {
  const httpUrl = new URL(url);
  httpUrl.protocol = window.location.protocol;
  const given = new AbortController();
  const late = setTimeout(() => given.abort(), answerMs);
  try {
    const response = await fetch(httpUrl, { cache: 'no-store', redirect: 'manual', signal: given.signal });
    void response.body?.cancel();
    return refusalOf(response, Date.now());
  } finally {
    clearTimeout(late);
  }
}
