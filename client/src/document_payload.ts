// The payload that the document holds, in the pieces that its scripts pushed: text, or bytes where a piece is no text.

import { joined } from './stream_table.ts';

declare global {
  var __FLIGHT_DATA: (string | Uint8Array)[] | undefined;
}

/** Undefined when the document holds no page. */
export function documentPayload(): Uint8Array | undefined {
  const pieces = globalThis.__FLIGHT_DATA;
  if (!pieces) return undefined;
  const encoder = new TextEncoder();
  return joined(pieces.map((piece) => (typeof piece === 'string' ? encoder.encode(piece) : piece)));
}
