import { describe, expect, it } from 'vitest';
import { refusalOf, retryAfterMs } from './retry_after.ts';

const now = Date.parse('Tue, 01 Dec 2026 10:00:00 GMT');
const response = (status: number, headers: Record<string, string>): Response => new Response(null, { status, headers });

describe('retryAfterMs', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Tue, 01 Dec 2026 10:00:30 GMT', 30_000],
    ['Tue, 01 Dec 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
  ])('reads "%s"', (value, ms) => {
    expect(retryAfterMs(response(503, { 'retry-after': value }), now)).toBe(ms);
  });
});

describe('refusalOf', () => {
  it('tells a server that is full from one that is going away, and from one that would open a socket', () => {
    const full = { why: 'full', retryAfterMs: 10_000 };
    expect(refusalOf(response(503, { 'retry-after': '10', 'duramen-full': '1' }), now)).toEqual(full);
    expect(refusalOf(response(429, { 'retry-after': '10' }), now)).toEqual(full);
    expect(refusalOf(response(503, { 'retry-after': '1' }), now)).toEqual({ why: undefined, retryAfterMs: 1_000 });
    const retrying = { why: 'retrying', retryAfterMs: 5_000 };
    expect(refusalOf(response(503, { 'retry-after': '5', 'duramen-retrying': '1' }), now)).toEqual(retrying);
    expect(refusalOf(response(400, {}), now)).toBeUndefined();
    expect(refusalOf(response(502, {}), now)).toBeUndefined();
  });
});
