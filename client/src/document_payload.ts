// The rows that the document holds, in the pieces that its scripts push: text, or bytes where a piece is no text. A
// document that is still being sent pushes more.

import { RowStream } from './row_stream.ts';

type Pushed = string | Uint8Array;

declare global {
  var __FLIGHT_DATA: Pushed[] | undefined;
}

/** Undefined when the document holds no page. A document that is broken off never ends: nobody hears of its end. */
export function documentPayload(): RowStream | undefined {
  const pieces = globalThis.__FLIGHT_DATA;
  if (!pieces) return undefined;
  const rows = new RowStream();
  const encoder = new TextEncoder();
  const take = (piece: Pushed): void => rows.push(typeof piece === 'string' ? encoder.encode(piece) : piece);
  pieces.forEach(take);
  pieces.push = (...more) => {
    more.forEach(take);
    return pieces.length;
  };
  return rows;
}
