// Pages and results in React's Flight format, in and out. Decoding is synchronous: Flight's client asks its stream only
// for getReader().read().then(), so a reader whose `then` calls back at once gives the value in the same task.

import { modules } from './module_loader.ts';
import { createFromReadableStream, encodeReply, type Feed, type Piece } from 'react-server-dom-webpack/client.browser';
import type { ReactNode } from 'react';

export type CallServer = (id: string, args: readonly unknown[]) => Promise<unknown>;

/** The root of each stream: the page, and what the action returned if the stream answers one. */
export interface Payload {
  readonly node: ReactNode;
  readonly actionResult: unknown;
}

/**
 * Decodes one whole stream and tells `done` when the modules that it names are there, or `failed`. Both may be called
 * before this returns. React keeps views of what it is fed, which an app may write into: it is fed a copy.
 */
export function decode(
  bytes: Uint8Array,
  callServer: CallServer,
  done: (payload: Payload) => void,
  failed: (error: unknown) => void,
): void {
  createFromReadableStream(wholeFeed(bytes.slice()), { callServer }).then((root) => {
    if (!isPayload(root)) return failed(new TypeError('the stream holds no page'));
    const payload: Payload = { node: root.node, actionResult: root.actionResult };
    const pending = modules.pending();
    if (!pending) return done(payload);
    return void pending.then(() => done(payload), failed);
  }, failed);
}

/** An action's arguments: text, or a form where one is a File, a Map, a promise or else what text cannot carry. */
export function encodeArguments(args: readonly unknown[]): Promise<string | FormData> {
  return encodeReply(args);
}

function wholeFeed(bytes: Uint8Array): Feed {
  const pieces: Piece[] = [{ done: false, value: bytes }];
  const read = (): ReturnType<ReturnType<Feed['getReader']>['read']> => ({
    then(next) {
      try {
        next(pieces.shift() ?? { done: true });
        return { catch: () => undefined };
      } catch (error) {
        return { catch: (failed) => failed(error) };
      }
    },
  });
  return { getReader: () => ({ read }) };
}

function isPayload(root: unknown): root is { node: ReactNode; actionResult?: unknown } {
  return typeof root === 'object' && root !== null && 'node' in root;
}
