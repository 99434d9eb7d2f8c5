import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActionError, Connection, OutcomeUnknownError } from './connection.ts';
import { FrameType, noRequest } from './frame.ts';
import { FakeNetwork } from './testing/fake_socket.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const requestId = '0f8fad5b-d9cb-469f-a165-70867728950e';
const request = { id: 'saveNote', args: '["hello"]', requestId, clientUrl: 'http://notes.test/' };
const frame = (type: number, ...parts: (number | string)[]): Uint8Array =>
  Uint8Array.from([
    type,
    ...parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])),
  ]);

function connected() {
  const heard: string[] = [];
  const network = new FakeNetwork();
  let order = 0;
  const connection = new Connection(
    'key',
    network,
    {
      joined: () => heard.push('joined'),
      lost: () => heard.push('lost'),
      waits: (why) => heard.push(why),
      answered: () => heard.push('answered'),
      refused: () => heard.push('refused'),
      page: (stream) => heard.push(`page ${new TextDecoder().decode(stream.bytes)}`),
      broken: (error) => heard.push(error.message),
    },
    () => ++order,
  );
  connection.start();
  const settled: unknown[] = [];
  const waiter = {
    answered: (stream: { readonly bytes: Uint8Array }) => settled.push(new TextDecoder().decode(stream.bytes)),
    failed: (error: Error) => settled.push(error),
  };
  return { connection, heard, network, settled, waiter };
}

describe('Connection', () => {
  it('sends a call and hands its answer to the caller, once', () => {
    const { connection, network, settled, waiter } = connected();
    network.last.accept();
    connection.call(request, waiter);
    expect(network.last.sent).toHaveLength(1);
    network.last.receive(frame(FrameType.actionStart, 0, 200, requestId));
    network.last.receive(frame(FrameType.actionChunk, requestId, 'saved'));
    expect(settled).toEqual([]);
    network.last.receive(frame(FrameType.actionEnd, requestId));
    network.last.receive(frame(FrameType.actionEnd, requestId));
    expect(settled).toEqual(['saved']);
  });

  it('keeps a call that was never sent until the socket is there, and sends it once', () => {
    const { connection, network, settled, waiter } = connected();
    connection.call(request, waiter);
    network.last.drop();
    vi.advanceTimersByTime(600);
    network.last.accept();
    expect(network.sockets[0]?.sent).toHaveLength(0);
    expect(network.last.sent).toHaveLength(1);
    expect(settled).toEqual([]);
  });

  it('rejects a call that was under way when the socket went, and does not send it again', () => {
    const { connection, network, settled, waiter } = connected();
    network.last.accept();
    connection.call(request, waiter);
    network.last.drop();
    expect(settled).toEqual([new OutcomeUnknownError('the connection was lost while saveNote was under way')]);
    vi.advanceTimersByTime(300);
    network.last.accept();
    expect(network.last.sent).toHaveLength(0);
  });

  it('rejects with what the server says, also when it says so before the stream starts', () => {
    const { connection, network, settled, waiter } = connected();
    network.last.accept();
    connection.call(request, waiter);
    network.last.receive(frame(FrameType.actionError, requestId, '{"error":"saveNote: too long"}'));
    expect(settled).toEqual([new ActionError('saveNote: too long')]);
  });

  it('hears that the server cannot tell who this is, by an error of no request', () => {
    const { connection, heard, network, settled, waiter } = connected();
    network.last.accept();
    connection.call(request, waiter);
    network.last.receive(frame(FrameType.actionStart, 1, 247, noRequest));
    network.last.receive(frame(FrameType.actionError, noRequest, '{"error":"the server cannot tell who you are"}'));
    expect(heard).toEqual(['joined', 'retrying']);
    expect(settled).toEqual([]);
    network.last.receive(frame(FrameType.actionStart, 0, 200, requestId));
    network.last.receive(frame(FrameType.actionEnd, requestId));
    expect(heard).toEqual(['joined', 'retrying', 'answered']);
  });

  it('goes on after a message that is no frame', () => {
    const { heard, network } = connected();
    network.last.accept();
    network.last.receive(frame(99));
    network.last.receive(frame(FrameType.rscStart, 0, 200, requestId));
    network.last.receive(frame(FrameType.rscEnd, requestId));
    expect(heard).toEqual(['joined', 'unknown type at byte 0', 'page ']);
  });

  it('settles what is left when it is closed', () => {
    const { connection, settled, waiter } = connected();
    connection.call(request, waiter);
    connection.close();
    expect(settled).toEqual([new OutcomeUnknownError('the connection was closed')]);
    expect(connection.isClosed).toBe(true);
  });
});
