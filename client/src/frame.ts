// Messages of the realtime socket: one type byte, then a body that the type decides. Byte for byte RedwoodSDK's wire
// (docs/protocol.md). `test/vectors/frames.json` is read by this codec's test and by the C++ codec's.

export const FrameType = {
  rscStart: 0,
  rscChunk: 1,
  rscEnd: 2,
  actionRequest: 3,
  actionStart: 4,
  actionChunk: 5,
  actionEnd: 6,
  actionError: 7,
} as const;

/** The id of an error that is of no request: the server cannot tell just now who this is (docs/protocol.md). */
export const noRequest = '00000000-0000-0000-0000-000000000000';

/** What the server sends. Page streams (`rsc…`) carry pushes, action streams carry answers. */
export type Frame =
  | {
      readonly type: typeof FrameType.rscStart | typeof FrameType.actionStart;
      readonly id: string;
      readonly status: number;
    }
  | {
      readonly type: typeof FrameType.rscChunk | typeof FrameType.actionChunk;
      readonly id: string;
      readonly payload: Uint8Array;
    }
  | { readonly type: typeof FrameType.rscEnd | typeof FrameType.actionEnd; readonly id: string }
  | {
      readonly type: typeof FrameType.actionError;
      readonly id: string;
      readonly error: string;
      /** Of the form that is wrong. RedwoodSDK's server names none. */
      readonly field?: string;
    };

/** What the browser sends. `id` null asks for the page at `clientUrl`; `args` is what React's `encodeReply` gave. */
export interface ActionRequest {
  readonly id: string | null;
  readonly args: string | null;
  readonly requestId: string;
  readonly clientUrl: string;
}

/** A message that is no frame. The message names the reason and the byte, in the same words as the C++ codec. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const idLength = 36;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Decodes one whole message. A chunk's payload points into `message`. */
export function decodeFrame(message: Uint8Array): Frame {
  const type = message[0];
  if (type === undefined) throw new FrameError('empty message');
  const body = message.subarray(1);
  switch (type) {
    case FrameType.rscStart:
    case FrameType.actionStart:
      if (body.length !== 2 + idLength) throw wrongLength(message);
      return { type, status: (body[0] ?? 0) * 256 + (body[1] ?? 0), id: readId(body.subarray(2)) };
    case FrameType.rscChunk:
    case FrameType.actionChunk:
      if (body.length < idLength) throw wrongLength(message);
      return { type, id: readId(body), payload: body.subarray(idLength) };
    case FrameType.rscEnd:
    case FrameType.actionEnd:
      if (body.length !== idLength) throw wrongLength(message);
      return { type, id: readId(body) };
    case FrameType.actionError:
      if (body.length < idLength) throw wrongLength(message);
      return { type, id: readId(body), ...readError(body.subarray(idLength)) };
    default:
      throw new FrameError('unknown type at byte 0');
  }
}

export function encodeActionRequest(request: ActionRequest): Uint8Array<ArrayBuffer> {
  const { id, args, requestId, clientUrl } = request;
  const json = encoder.encode(JSON.stringify({ id, args, requestId, clientUrl }));
  const message = new Uint8Array(1 + json.length);
  message[0] = FrameType.actionRequest;
  message.set(json, 1);
  return message;
}

function wrongLength(message: Uint8Array): FrameError {
  return new FrameError(`wrong length at byte ${message.length}`);
}

function readId(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, idLength));
}

function readError(json: Uint8Array): { readonly error: string; readonly field?: string } {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(json));
  } catch {
    throw new FrameError(`bad JSON at byte ${1 + idLength}`);
  }
  const { error, field }: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  if (typeof error !== 'string') throw new FrameError(`bad JSON at byte ${1 + idLength}`);
  return typeof field === 'string' ? { error, field } : { error };
}
