// A WebSocket that comes back: after a loss it is opened again with jittered back-off, and at once when the browser is
// online again or the tab becomes visible, so that a laptop that wakes up is current before it is looked at.

export interface SocketEvents {
  /** The socket takes messages from now on. */
  opened(): void;
  message(bytes: Uint8Array): void;
  /** An open socket has gone; it is tried again. */
  lost(): void;
  /** An attempt to open one failed; it is tried again. */
  refused(): void;
}

/** What the socket needs of the browser; a test brings its own. */
export interface SocketHost {
  open(): WebSocket;
  /** From 0 to 1. */
  random(): number;
  /** Calls `wake` when it is likely that a server can be reached again. Returns how to stop. */
  onWake(wake: () => void): () => void;
}

const firstWaitMs = 300;
const longestWaitMs = 10_000;
// A handshake that takes longer goes to a host that is no longer there.
const handshakeMs = 10_000;

export class Socket {
  readonly #host: SocketHost;
  readonly #events: SocketEvents;
  readonly #stopWaking: () => void;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #closed = false;

  constructor(host: SocketHost, events: SocketEvents) {
    this.#host = host;
    this.#events = events;
    this.#stopWaking = host.onWake(() => this.#wake());
    this.#open();
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === 1;
  }

  /** REQUIRES: isOpen. */
  send(message: Uint8Array<ArrayBuffer>): void {
    this.#socket?.send(message);
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
    this.#events.lost();
    this.#open();
  }

  #open(): void {
    clearTimeout(this.#timer);
    const socket = this.#host.open();
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#ended(socket, false), handshakeMs);
    let wasOpen = false;
    socket.onopen = () => {
      wasOpen = true;
      clearTimeout(this.#timer);
      this.#failures = 0;
      this.#events.opened();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#events.message(new Uint8Array(data));
    };
    socket.onclose = () => this.#ended(socket, wasOpen);
  }

  #ended(socket: WebSocket, wasOpen: boolean): void {
    if (socket !== this.#socket) return;
    this.#drop();
    this.#failures = wasOpen ? 0 : this.#failures + 1;
    const wait = Math.min(firstWaitMs * 2 ** this.#failures, longestWaitMs);
    this.#timer = setTimeout(() => this.#open(), wait * (0.5 + this.#host.random() / 2));
    if (wasOpen) this.#events.lost();
    else this.#events.refused();
  }

  #wake(): void {
    if (this.#closed || this.#socket) return;
    this.#failures = 0;
    this.#open();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
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
