import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FrameError, decodeFrame, encodeActionRequest, type ActionRequest } from './frame.ts';

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly error?: string;
  readonly payload?: string;
}

const file = new URL('../../test/vectors/frames.json', import.meta.url);
const vectors: {
  readonly serverMessages: Vector[];
  readonly badServerMessages: Vector[];
  readonly actionRequests: (Vector & { readonly request: ActionRequest })[];
} = JSON.parse(readFileSync(file, 'utf8'));
const bytesOf = ({ hex }: Vector): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

describe('decodeFrame, on the vectors that C++ reads too', () => {
  it.each(vectors.serverMessages)('reads $name', (vector) => {
    const { name, hex, ...fields } = vector;
    const payload = fields.payload === undefined ? {} : { payload: new TextEncoder().encode(fields.payload) };
    expect(decodeFrame(bytesOf(vector))).toEqual({ ...fields, ...payload });
  });

  it.each(vectors.badServerMessages)('refuses $name', (vector) => {
    expect(() => decodeFrame(bytesOf(vector))).toThrow(new FrameError(vector.error));
  });
});

describe('encodeActionRequest', () => {
  it.each(vectors.actionRequests)('writes $name', (vector) => {
    expect(Buffer.from(encodeActionRequest(vector.request)).toString('hex')).toBe(vector.hex);
  });
});
