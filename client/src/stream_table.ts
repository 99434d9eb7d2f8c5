// The streams that are open on one socket. Several may be, and their frames may be mixed; the id tells them apart. Each
// stream is delivered once, whole: React is fed complete pages only.

import { FrameType, noRequest, type Frame } from './frame.ts';

/** A stream that has ended. `order` counts streams by their start: the later a render began, the newer its page. */
export interface WholeStream {
  readonly id: string;
  readonly order: number;
  readonly status: number;
  readonly bytes: Uint8Array;
}

export interface StreamSink {
  /** A push: the page that this client shows next. */
  page(stream: WholeStream): void;
  /** The answer to the action or navigation with the stream's id. */
  answer(stream: WholeStream): void;
  /** The action failed; also when it failed before its stream started. */
  failed(id: string, error: string, field: string): void;
  /** The server cannot tell just now who this is: no page comes until it can. */
  unknown(): void;
}

interface OpenStream {
  readonly order: number;
  readonly status: number;
  readonly pieces: Uint8Array[];
}

export class StreamTable {
  readonly #sink: StreamSink;
  readonly #nextOrder: () => number;
  readonly #open = new Map<string, OpenStream>();

  constructor(sink: StreamSink, nextOrder: () => number) {
    this.#sink = sink;
    this.#nextOrder = nextOrder;
  }

  /** Delivers `frame`; a chunk or an end of no open stream is dropped, since its stream may just have failed. */
  deliver(frame: Frame): void {
    switch (frame.type) {
      case FrameType.rscStart:
      case FrameType.actionStart:
        this.#open.set(frame.id, { order: this.#nextOrder(), status: frame.status, pieces: [] });
        return;
      case FrameType.rscChunk:
      case FrameType.actionChunk:
        this.#open.get(frame.id)?.pieces.push(frame.payload);
        return;
      case FrameType.rscEnd:
        return this.#end(frame.id, (stream) => this.#sink.page(stream));
      case FrameType.actionEnd:
        return this.#end(frame.id, (stream) => this.#sink.answer(stream));
      case FrameType.actionError:
        this.#open.delete(frame.id);
        if (frame.id === noRequest) return this.#sink.unknown();
        return this.#sink.failed(frame.id, frame.error, frame.field ?? '');
    }
  }

  /** The socket has gone: what was open never ends. */
  clear(): void {
    this.#open.clear();
  }

  #end(id: string, tell: (stream: WholeStream) => void): void {
    const stream = this.#open.get(id);
    if (!stream) return;
    this.#open.delete(id);
    tell({ id, order: stream.order, status: stream.status, bytes: joined(stream.pieces) });
  }
}

/** The pieces in one array of their own. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
