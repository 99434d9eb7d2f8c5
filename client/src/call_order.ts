// The order of one page's calls. Those by the socket follow one another there, so each may go as soon as the one before
// it has been sent. One by a request of its own, which may take long, goes after all that were made before it by the
// socket have ended, and after those to the same action by such a request; no other waits for it.

/** A call's place among the others. */
export interface Turn {
  /** Resolves when this call may go by the socket. */
  readonly mayFollow: Promise<void>;
  /** The call goes by a request of its own: the next one may follow. Resolves when it may go. REQUIRES: mayFollow. */
  goAlone(action: string): Promise<void>;
  /** The call has gone: the next one may follow it. */
  sent(): void;
  /** The call is answered, or never will be. */
  ended(): void;
}

export class CallOrder {
  #mayFollow = Promise.resolve();
  readonly #bySocket = new Set<Promise<void>>();
  readonly #alone = new Map<string, Promise<void>>();

  next(): Turn {
    let sent = (): void => {};
    let ended = (): void => {};
    const mayFollow = this.#mayFollow;
    this.#mayFollow = new Promise((resolve) => (sent = resolve));
    const end = new Promise<void>((resolve) => (ended = resolve));
    const earlier = [...this.#bySocket];
    this.#bySocket.add(end);
    const goAlone = async (action: string): Promise<void> => {
      this.#bySocket.delete(end);
      const sameAction = this.#alone.get(action);
      this.#alone.set(action, end);
      void end.then(() => this.#alone.get(action) === end && this.#alone.delete(action));
      sent();
      await Promise.all([...earlier.filter((call) => this.#bySocket.has(call)), sameAction]);
    };
    return {
      mayFollow,
      goAlone,
      sent,
      ended: () => {
        this.#bySocket.delete(end);
        sent();
        ended();
      },
    };
  }
}
