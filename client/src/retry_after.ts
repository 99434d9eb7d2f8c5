// When a server that has no time now wants to be asked again (RFC 9110 §10.2.3), and whether it is full of readers.

import type { Refusal } from './socket.ts';

/** Undefined when the response does not say. */
export function retryAfterMs(response: Response, now: number): number | undefined {
  const value = response.headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** What an answer to GET /__realtime says of a socket in its place (docs/protocol.md). */
export function refusalOf(response: Response, now: number): Refusal | undefined {
  const isBusy = response.status === 503 && response.headers.has('duramen-full');
  const isFull = response.status === 429 || isBusy;
  if (!isFull && response.status !== 503) return undefined;
  return { isFull, retryAfterMs: retryAfterMs(response, now) };
}
