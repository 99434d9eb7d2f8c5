// The order of one page's calls. Those by the socket follow one another there, so each may go as soon as the one before
// it has been sent. One by a request of its own goes alone: after all before it have ended, and none follows until it
// has.

/** A call's place among the others. */
export interface Turn {
  /** Resolves when this call may go by the socket. */
  readonly mayFollow: Promise<void>;
  /** Resolves when this call may go by a request of its own. */
  readonly mayGoAlone: Promise<void>;
  /** The call has gone: the next one may follow it. */
  sent(): void;
  /** The call is answered, or never will be. */
  ended(): void;
}

export class CallOrder {
  #mayFollow = Promise.resolve();
  #mayGoAlone = Promise.resolve();

  next(): Turn {
    let sent = (): void => {};
    let ended = (): void => {};
    const mayFollow = this.#mayFollow;
    const mayGoAlone = Promise.all([this.#mayFollow, this.#mayGoAlone]).then(() => {});
    this.#mayFollow = new Promise((resolve) => (sent = resolve));
    const end = new Promise<void>((resolve) => (ended = resolve));
    this.#mayGoAlone = mayGoAlone.then(() => end);
    return {
      mayFollow,
      mayGoAlone,
      sent,
      ended: () => {
        sent();
        ended();
      },
    };
  }
}
