import { describe, expect, it } from 'vitest';
import { FrameError, FrameType, decodeFrame, encodeActionRequest } from './frame.ts';

const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
const bytes = (...parts: (number | string)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])));

describe('decodeFrame', () => {
  it('reads the start of a page and of an answer, with a big-endian status', () => {
    expect(decodeFrame(bytes(0, 1, 0x94, id))).toEqual({ type: FrameType.rscStart, id, status: 404 });
    expect(decodeFrame(bytes(4, 0, 200, id))).toEqual({ type: FrameType.actionStart, id, status: 200 });
  });

  it('reads chunks, also empty ones', () => {
    expect(decodeFrame(bytes(1, id, 'piece'))).toEqual({ type: FrameType.rscChunk, id, payload: bytes('piece') });
    expect(decodeFrame(bytes(5, id))).toEqual({ type: FrameType.actionChunk, id, payload: bytes() });
  });

  it('reads ends', () => {
    expect(decodeFrame(bytes(2, id))).toEqual({ type: FrameType.rscEnd, id });
    expect(decodeFrame(bytes(6, id))).toEqual({ type: FrameType.actionEnd, id });
  });

  it('reads an error', () => {
    const frame = decodeFrame(bytes(7, id, '{"error":"no such note — “x”"}'));
    expect(frame).toEqual({ type: FrameType.actionError, id, error: 'no such note — “x”' });
  });

  it.each([
    ['an empty message', bytes(), 'empty message'],
    ['a type that only browsers send', bytes(3, '{}'), 'unknown type at byte 0'],
    ['an unknown type', bytes(8, id), 'unknown type at byte 0'],
    ['a start that ends inside the id', bytes(0, 0, 200, id.slice(0, 20)), 'wrong length at byte 23'],
    ['a chunk that ends inside the id', bytes(1, id.slice(0, 35)), 'wrong length at byte 36'],
    ['an end with something behind it', bytes(2, id, 'x'), 'wrong length at byte 38'],
    ['an error that is no JSON', bytes(7, id, 'oops'), 'bad JSON at byte 37'],
    ['an error without a text', bytes(7, id, '{"error":5}'), 'bad JSON at byte 37'],
  ])('refuses %s', (_, message, reason) => {
    expect(() => decodeFrame(message)).toThrow(new FrameError(reason));
  });
});

describe('encodeActionRequest', () => {
  it('writes the type and one JSON text', () => {
    const request = { id: 'saveNote', args: '["n1","ä"]', requestId: id, clientUrl: 'http://notes.test/note/n1' };
    const message = encodeActionRequest(request);
    expect(message[0]).toBe(FrameType.actionRequest);
    expect(JSON.parse(new TextDecoder().decode(message.subarray(1)))).toEqual(request);
  });

  it('writes null for a page', () => {
    const message = encodeActionRequest({ id: null, args: null, requestId: id, clientUrl: '/' });
    expect(new TextDecoder().decode(message.subarray(1))).toContain('"id":null,"args":null');
  });
});
