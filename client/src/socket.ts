// A WebSocket that comes back: after a loss it is opened again with jittered back-off, and at once when the browser is
// online again or the tab becomes visible, so that a laptop that wakes up is current before it is looked at.
//
// Only a socket that has served ends the back-off: a server that is overloaded opens one and closes it again. Why an
// upgrade was refused, a browser tells no script, so the server is asked for that by HTTP.

export interface SocketEvents {
  /** The socket takes messages from now on. */
  opened(): void;
  message(bytes: Uint8Array): void;
  /** An open socket has gone; it is tried again. `sessionEnded`: the server says that who this was has ended. */
  lost(sessionEnded: boolean): void;
  /** An attempt to open one failed; it is tried again. */
  refused(): void;
  /** The server is there, and takes no client now; it is tried again when the server said. */
  waits(why: Wait): void;
}

/** `full`: there is no place for another client. `retrying`: the server cannot tell just now who this is. */
export type Wait = 'full' | 'retrying';

/** What a server says to a client that it does not take now. */
export interface Refusal {
  /** Undefined: the server is going away, or has not said. */
  readonly why: Wait | undefined;
  readonly retryAfterMs: number | undefined;
}

/** What the socket needs of the browser; a test brings its own. */
export interface SocketHost {
  open(): WebSocket;
  /** From 0 to 1. */
  random(): number;
  /** Calls `wake` when it is likely that a server can be reached again. Returns how to stop. */
  onWake(wake: () => void): () => void;
  /** Asks by HTTP why sockets are refused. Undefined, or a rejection: nothing is known. */
  whyRefused(): Promise<Refusal | undefined>;
}

const firstWaitMs = 300;
const longestWaitMs = 10_000;
// A handshake that takes longer goes to a host that is no longer there.
const handshakeMs = 10_000;
// A server may name a time of its own. Beyond this it is not waited for: the page would seem dead.
const longestRetryAfterMs = 5 * 60_000;
// The refusals in a row after which the server is asked why: this many, twice as many, …
const asksFrom = 2;
const comeAgainLater = 1013; // the close code "Try Again Later"
/** The close code of a client whose session has ended (docs/protocol.md). */
const sessionEnded = 4401;
// It is opened again at once, since the browser may have other cookies by now; but not again and again.
const sessionMs = 10_000;

export class Socket {
  readonly #host: SocketHost;
  readonly #events: SocketEvents;
  readonly #stopWaking: () => void;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;
  #doublings = -1; // of the wait: one for each attempt in a row that served nothing
  #openedAt = 0;
  #notBefore = 0; // the server has asked for so long
  #hasServed = false;
  #waitsFor: Wait | undefined;
  #closed = false;
  #resting = false;
  #sessionEndedAt = -Infinity;

  constructor(host: SocketHost, events: SocketEvents) {
    this.#host = host;
    this.#events = events;
    this.#stopWaking = host.onWake(() => this.wake());
    this.#open();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  /** REQUIRES: isOpen. */
  send(message: Uint8Array<ArrayBuffer>): void {
    this.#socket?.send(message);
  }

  /** The server has given what is asked of it: after the next loss it is tried again at once. */
  served(): void {
    this.#hasServed = true;
    this.#waitsFor = undefined;
  }

  /** For good. No event comes any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopWaking();
    this.#drop();
  }

  /** Gives up the present socket, which does not answer, and opens another. */
  reopen(): void {
    if (this.#closed || !this.isOpen) return;
    this.#drop();
    this.#events.lost(false);
    this.#open();
  }

  /** Opens another with the cookies that the browser has now, in place of the present one, if there is one. */
  rejoin(): void {
    if (this.#closed) return;
    const wasOpen = this.isOpen;
    this.#resting = false;
    this.#doublings = -1;
    this.#drop(true);
    if (wasOpen) this.#events.lost(false);
    this.#open();
  }

  /** Closes the present one; no other is opened until `rejoin`. */
  rest(): void {
    if (this.#closed) return;
    const wasOpen = this.isOpen;
    this.#resting = true;
    clearTimeout(this.#timer);
    this.#drop(true);
    if (wasOpen) this.#events.lost(false);
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#attempts++;
    this.#hasServed = false;
    const socket = this.#host.open();
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#ended(socket, false, 0), handshakeMs);
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      clearTimeout(this.#timer);
      this.#openedAt = Date.now();
      this.#events.opened();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#events.message(new Uint8Array(data));
    };
    socket.onclose = ({ code }) => {
      if (wasOpen && code === sessionEnded && socket === this.#socket) this.#sessionEnded();
      else this.#ended(socket, wasOpen, code);
    };
  }

  #ended(socket: WebSocket, wasOpen: boolean, code: number): void {
    if (socket !== this.#socket) return;
    this.#drop();
    // A server that cannot keep up may close a socket just after its page.
    const isOverloaded = code === comeAgainLater && Date.now() - this.#openedAt < longestWaitMs;
    const hasServed = this.#hasServed && !isOverloaded;
    this.#doublings = hasServed ? 0 : Math.max(this.#doublings + 1, wasOpen ? 0 : 1);
    const wait = this.#jittered(Math.min(firstWaitMs * 2 ** this.#doublings, longestWaitMs));
    this.#openIn(wait);
    if (code === comeAgainLater) this.#notBefore = Date.now() + wait;
    if (wasOpen) this.#events.lost(false);
    if (code === comeAgainLater && !this.#hasServed) {
      this.#waitsFor = 'full';
      this.#events.waits('full');
    }
    if (wasOpen) return;
    if (!this.#waitsFor) this.#events.refused();
    // Each time while the server is known to be there; else seldom: one that is down is not asked twice as often for it.
    if (this.#waitsFor || isPowerOfTwo(this.#doublings / asksFrom)) void this.#askWhy(this.#attempts);
  }

  async #askWhy(attempt: number): Promise<void> {
    const refusal = await this.#host.whyRefused().catch(() => undefined);
    if (this.#closed || this.#resting || this.#socket || attempt !== this.#attempts) return; // it is tried again already
    const waited = this.#waitsFor !== undefined;
    this.#waitsFor = refusal?.why;
    if (refusal?.retryAfterMs !== undefined) {
      // Later than it said, so that all who were sent away do not come back at once.
      const wait = Math.min(refusal.retryAfterMs, longestRetryAfterMs) * (1 + this.#host.random() / 2);
      this.#notBefore = Date.now() + wait;
      this.#openIn(wait);
    }
    if (this.#waitsFor) this.#events.waits(this.#waitsFor);
    else if (waited) this.#events.refused();
  }

  #openIn(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #jittered(wait: number): number {
    return wait * (0.5 + this.#host.random() / 2);
  }

  #sessionEnded(): void {
    this.#drop();
    const now = Date.now();
    const isOften = now - this.#sessionEndedAt < sessionMs;
    this.#sessionEndedAt = now;
    this.#doublings = -1;
    this.#events.lost(true);
    if (isOften) this.#openIn(this.#jittered(sessionMs));
    else this.#open();
  }

  /** Tries again now, if it waits to. */
  wake(): void {
    if (this.#closed || this.#resting || this.#socket || Date.now() < this.#notBefore) return;
    this.#doublings = -1;
    this.#open();
  }

  /** `gently`: one that is still being opened is closed when it is open, since browsers complain of it otherwise. */
  #drop(gently = false): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (gently && socket.readyState === 0) socket.onopen = () => socket.close();
    else socket.close();
  }
}

function isPowerOfTwo(n: number): boolean {
  return n >= 1 && Number.isInteger(Math.log2(n));
}

/** The browser's own: `online`, and a tab that becomes visible. */
export function onBrowserWake(wake: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === 'visible') wake();
  };
  window.addEventListener('online', wake);
  document.addEventListener('visibilitychange', visible);
  return () => {
    window.removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', visible);
  };
}
