import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FrameError, decodeFrame, encodeActionRequest, type ActionRequest } from './frame.ts';

interface ServerMessage {
  readonly name: string;
  readonly hex: string;
  readonly type: number;
  readonly id: string;
  readonly status?: number;
  readonly payload?: string;
  readonly error?: string;
}
interface Vectors {
  readonly serverMessages: readonly ServerMessage[];
  readonly badServerMessages: readonly { readonly name: string; readonly hex: string; readonly error: string }[];
  readonly actionRequests: readonly { readonly name: string; readonly hex: string; readonly request: ActionRequest }[];
}

const file = new URL('../../test/vectors/frames.json', import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'));
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

describe('frames, on the vectors that C++ reads too', () => {
  it.each(vectors.serverMessages)('reads $name', ({ hex, type, id, status, payload, error }) => {
    const frame = decodeFrame(fromHex(hex));
    expect(frame).toMatchObject({ type, id });
    if (status !== undefined) expect(frame).toMatchObject({ status });
    if (payload !== undefined) expect('payload' in frame && new TextDecoder().decode(frame.payload)).toBe(payload);
    if (error !== undefined) expect(frame).toMatchObject({ error });
  });

  it.each(vectors.badServerMessages)('refuses $name', ({ hex, error }) => {
    expect(() => decodeFrame(fromHex(hex))).toThrow(new FrameError(error));
  });

  it.each(vectors.actionRequests)('writes $name', ({ hex, request }) => {
    expect(Buffer.from(encodeActionRequest(request)).toString('hex')).toBe(hex);
  });
});
