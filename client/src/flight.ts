// Pages and results in React's Flight format, in and out. Decoding is synchronous: Flight's client asks its stream only
// for getReader().read().then(), so a reader whose `then` calls back at once gives the value in the same task.

import type { CallServer } from './call_server.ts';
import { forms } from './forms.ts';
import { modules } from './module_loader.ts';
import { RowStream } from './row_stream.ts';
import { createFromReadableStream, encodeReply } from 'react-server-dom-webpack/client.browser';
import type { ReactNode } from 'react';

export type { CallServer };

/** The root of each stream: the page, and what the action returned if the stream answers one. */
export interface Payload {
  readonly node: ReactNode;
  readonly actionResult: unknown;
}

/** One whole stream, or one that is still coming. */
export type Rows = Uint8Array | RowStream;

/**
 * Decodes a stream and tells `done` when its root and the modules that it names are there, or `failed`. Both may be
 * called before this returns. React keeps views of what it is fed, which an app may write into: of whole bytes it is
 * fed a copy.
 */
export function decode(
  source: Rows,
  callServer: CallServer,
  done: (payload: Payload) => void,
  failed: (error: unknown) => void,
): void {
  const rows = source instanceof RowStream ? source : whole(source);
  createFromReadableStream(rows.feed(), { callServer: forms.wrap(callServer) }).then((root) => {
    rows.show();
    if (!isPayload(root)) return failed(new TypeError('the stream holds no page'));
    const payload: Payload = { node: root.node, actionResult: withField(root.actionResult, root.errorField) };
    const pending = modules.pending();
    if (!pending) return done(payload);
    return void pending.then(() => done(payload), failed);
  }, failed);
}

/** An action's arguments: text, or a form where one is a File, a Map, a promise or else what text cannot carry. */
export function encodeArguments(args: readonly unknown[]): Promise<string | FormData> {
  return encodeReply(args);
}

forms.isServerFunction = async (action) => {
  if (typeof action !== 'function') return false;
  try {
    await encodeReply([action]); // which refuses any other function
    return true;
  } catch {
    return false;
  }
};

function whole(bytes: Uint8Array): RowStream {
  const rows = new RowStream();
  rows.push(bytes.slice());
  rows.end();
  return rows;
}

/** The error of an action that failed names the field of the form that is wrong, if the server does. */
function withField(actionResult: unknown, field: unknown): unknown {
  if (typeof field !== 'string') return actionResult;
  return Promise.resolve(actionResult).catch((error: unknown) => {
    throw error instanceof Error ? Object.assign(error, { field }) : error;
  });
}

function isPayload(root: unknown): root is { node: ReactNode; actionResult?: unknown; errorField?: unknown } {
  return typeof root === 'object' && root !== null && 'node' in root;
}
