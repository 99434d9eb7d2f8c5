// A WebSocket without a network: the test is the server.

import type { Refusal, SocketHost } from '../socket.ts';

export class FakeSocket extends EventTarget implements WebSocket {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  binaryType: BinaryType = 'blob';
  readonly bufferedAmount = 0;
  readonly extensions = '';
  readonly protocol = '';
  readonly url = '';
  readyState: 0 | 1 | 2 | 3 = 0;
  onopen: WebSocket['onopen'] = null;
  onmessage: WebSocket['onmessage'] = null;
  onclose: WebSocket['onclose'] = null;
  onerror: WebSocket['onerror'] = null;
  readonly sent: Uint8Array[] = [];

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (data instanceof Uint8Array) this.sent.push(data);
  }

  close(): void {
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.(new Event('open'));
  }

  receive(message: Uint8Array): void {
    this.onmessage?.(new MessageEvent('message', { data: message.slice().buffer }));
  }

  /** The server, or the network, closes it. */
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.(Object.assign(new Event('close'), { code }) as CloseEvent);
  }
}

/** Opens fake sockets, and wakes when the test says so. */
export class FakeNetwork implements SocketHost {
  readonly sockets: FakeSocket[] = [];
  readonly #wakes = new Set<() => void>();
  /** What the server says by HTTP of refused sockets. */
  refusal: Refusal | undefined;
  asked = 0;

  open(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  random(): number {
    return 1; // the longest wait
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => this.#wakes.delete(wake);
  }

  whyRefused(): Promise<Refusal | undefined> {
    this.asked++;
    return Promise.resolve(this.refusal);
  }

  wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
}
