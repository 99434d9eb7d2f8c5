// When a server that has no time now wants to be asked again (RFC 9110 §10.2.3), and why it has none.

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
  const { status, headers } = response;
  if (status !== 429 && status !== 503) return undefined;
  const isFull = status === 429 || headers.has('duramen-full');
  const why = isFull ? 'full' : headers.has('duramen-retrying') ? 'retrying' : undefined;
  return { why, retryAfterMs: retryAfterMs(response, now) };
}
