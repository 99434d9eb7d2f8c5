// Rows of a page that come in pieces: what is there can be shown while the rest is on its way. React takes each piece in
// the same task in which it comes.

import type { Feed, Piece } from 'react-server-dom-webpack/client.browser';

type Failed = (error: unknown) => unknown;

interface Taker {
  readonly next: (piece: Piece) => unknown;
  failed: Failed | undefined;
}

export class RowStream {
  readonly #pieces: Piece[] = [];
  #taker: Taker | undefined;
  #shown = false;
  #failure: { readonly error: unknown } | undefined;

  push(rows: Uint8Array): void {
    this.#give({ done: false, value: rows });
  }

  end(): void {
    this.#give({ done: true });
  }

  /** No more can be had. A page that is shown keeps what it has: its pending parts show their fallbacks. */
  fail(error: unknown): void {
    if (this.#shown) return;
    this.#failure = { error };
    this.#taker?.failed?.(error);
  }

  /** The page has begun. */
  show(): void {
    this.#shown = true;
  }

  /** For React, once. */
  feed(): Feed {
    return { getReader: () => ({ read: () => ({ then: (next) => this.#take({ next, failed: undefined }) }) }) };
  }

  #give(piece: Piece): void {
    const taker = this.#taker;
    if (!taker) return void this.#pieces.push(piece);
    this.#taker = undefined;
    try {
      taker.next(piece);
    } catch (error) {
      taker.failed?.(error);
    }
  }

  #take(taker: Taker): { catch(failed: Failed): unknown } {
    const piece = this.#pieces.shift();
    const failure = this.#failure;
    if (!piece && failure) return { catch: (failed) => failed(failure.error) };
    if (!piece) {
      this.#taker = taker;
      return { catch: (failed) => (taker.failed = failed) };
    }
    try {
      taker.next(piece);
      return { catch: () => undefined };
    } catch (error) {
      return { catch: (failed) => failed(error) };
    }
  }
}
