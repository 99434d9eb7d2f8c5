// The realtime connection of one key: one socket at a time, the streams that come by it, and the calls that go by it.
//
// Each call settles once. One that was never sent waits for the socket. One that was sent when the socket went is
// rejected, since this wire cannot tell whether the server has run it.

import { FrameError, decodeFrame, encodeActionRequest, type ActionRequest } from './frame.ts';
import { Socket, type SocketHost, type Wait } from './socket.ts';
import { StreamTable, type WholeStream } from './stream_table.ts';

/** The connection went while the action was under way: the server may have run it, or not. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
}

/** The server refused the action, or the action failed there. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  /** The field of the form that is wrong; empty: none in particular. */
  readonly field: string;

  constructor(message: string, options: ErrorOptions & { readonly field?: string } = {}) {
    super(message, options);
    this.field = options.field ?? '';
  }
}

/** What the owner of a connection hears from it. */
export interface ConnectionEvents {
  /** The socket is open. On each join the server sends the page that `url` names. */
  joined(): void;
  /** `sessionEnded`: the server says that who this was has ended. */
  lost(sessionEnded: boolean): void;
  refused(): void;
  /** The server is there, and gives no page until it says otherwise. */
  waits(why: Wait): void;
  /** The server has answered with a page. */
  answered(): void;
  page(stream: WholeStream): void;
  /** A message that is no frame of ours. */
  broken(error: FrameError): void;
}

/** Who waits for a request's answer: told once. */
export interface Waiter {
  /** The call has gone: it waits for the socket no longer. */
  sent?(): void;
  answered(stream: WholeStream): void;
  failed(error: Error): void;
}

interface Call {
  readonly request: ActionRequest;
  readonly waiter: Waiter;
  sent: boolean;
}

export class Connection {
  readonly key: string;
  readonly #events: ConnectionEvents;
  #heardAt = 0;
  readonly #calls = new Map<string, Call>();
  readonly #streams: StreamTable;
  readonly #host: SocketHost;
  #socket: Socket | undefined;
  #isClosed = false;
  #idle: (() => void)[] = [];

  constructor(key: string, host: SocketHost, events: ConnectionEvents, nextOrder: () => number) {
    this.key = key;
    this.#events = events;
    this.#streams = this.#newStreams(nextOrder);
    this.#host = host;
  }

  start(): void {
    this.#socket = new Socket(this.#host, {
      opened: () => this.#opened(),
      message: (bytes) => this.#message(bytes),
      lost: (sessionEnded) => this.#lost(sessionEnded),
      refused: () => this.#events.refused(),
      waits: (why) => this.#events.waits(why),
    });
  }

  get isOpen(): boolean {
    return this.#socket?.isOpen === true;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends the request, now or when the socket is back. */
  call(request: ActionRequest, waiter: Waiter): void {
    const call: Call = { request, waiter, sent: false };
    this.#calls.set(request.requestId, call);
    if (this.isOpen) this.#send(call);
  }

  /** When the server was last heard of, in milliseconds of Date.now(). */
  get heardAt(): number {
    return this.#heardAt;
  }

  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** Resolves when no call is under way. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((idle) => this.#idle.push(idle));
  }

  /** The server can be reached, as another connection has seen: the socket is tried at once. */
  wake(): void {
    this.#socket?.wake();
  }

  /** The socket does not answer: give it up for another. */
  reopen(): void {
    this.#socket?.reopen();
  }

  /** Another socket, with the cookies that the browser has now. What was sent by the present one is lost. */
  rejoin(): void {
    this.#socket?.rejoin();
  }

  /** No socket until `rejoin`. */
  rest(): void {
    this.#socket?.rest();
  }

  /** For good; what was never sent is rejected too. */
  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
    const error = new OutcomeUnknownError('the connection was closed');
    for (const { waiter } of this.#takeCalls(() => true)) waiter.failed(error);
  }

  #newStreams(nextOrder: () => number): StreamTable {
    return new StreamTable(
      {
        page: (stream) => {
          this.#socket?.served();
          this.#events.page(stream);
        },
        answer: (stream) => {
          this.#socket?.served();
          this.#events.answered();
          this.#take(stream.id)?.waiter.answered(stream);
        },
        failed: (id, error, field) => this.#take(id)?.waiter.failed(new ActionError(error, { field })),
        unknown: () => this.#events.waits('retrying'),
      },
      nextOrder,
    );
  }

  #opened(): void {
    this.#heardAt = Date.now();
    this.#events.joined();
    for (const call of this.#calls.values()) this.#send(call);
  }

  #send(call: Call): void {
    call.sent = true;
    call.waiter.sent?.();
    this.#socket?.send(encodeActionRequest(call.request));
  }

  #message(bytes: Uint8Array): void {
    this.#heardAt = Date.now();
    try {
      this.#streams.deliver(decodeFrame(bytes));
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#events.broken(error);
    }
  }

  #lost(sessionEnded: boolean): void {
    this.#streams.clear();
    for (const { waiter, request } of this.#takeCalls((call) => call.sent)) {
      waiter.failed(new OutcomeUnknownError(`the connection was lost while ${request.id ?? 'the page'} was under way`));
    }
    this.#events.lost(sessionEnded);
  }

  #take(requestId: string): Call | undefined {
    const call = this.#calls.get(requestId);
    this.#calls.delete(requestId);
    if (this.isIdle) for (const idle of this.#idle.splice(0)) idle();
    return call;
  }

  #takeCalls(which: (call: Call) => boolean): Call[] {
    const taken = [...this.#calls.values()].filter(which);
    for (const call of taken) this.#take(call.request.requestId);
    return taken;
  }
}
