import { describe, expect, it } from 'vitest';
import { FrameType, noRequest } from './frame.ts';
import { StreamTable, type WholeStream } from './stream_table.ts';

const text = (stream: WholeStream): string => new TextDecoder().decode(stream.bytes);
const payload = (content: string): Uint8Array => new TextEncoder().encode(content);

function table() {
  const heard: string[] = [];
  let order = 0;
  const streams = new StreamTable(
    {
      page: (stream) => heard.push(`page ${stream.order}: ${text(stream)}`),
      answer: (stream) => heard.push(`answer ${stream.id} ${stream.status}: ${text(stream)}`),
      failed: (id, error) => heard.push(`failed ${id}: ${error}`),
      unknown: () => heard.push('unknown'),
    },
    () => ++order,
  );
  return { streams, heard };
}

describe('StreamTable', () => {
  it('tells a page when its stream has ended, and not before', () => {
    const { streams, heard } = table();
    streams.deliver({ type: FrameType.rscStart, id: 'a', status: 200 });
    streams.deliver({ type: FrameType.rscChunk, id: 'a', payload: payload('one ') });
    streams.deliver({ type: FrameType.rscChunk, id: 'a', payload: payload('two') });
    expect(heard).toEqual([]);
    streams.deliver({ type: FrameType.rscEnd, id: 'a' });
    expect(heard).toEqual(['page 1: one two']);
  });

  it('keeps mixed streams apart, and orders them by their start', () => {
    const { streams, heard } = table();
    streams.deliver({ type: FrameType.rscStart, id: 'a', status: 200 });
    streams.deliver({ type: FrameType.actionStart, id: 'b', status: 500 });
    streams.deliver({ type: FrameType.rscStart, id: 'c', status: 200 });
    streams.deliver({ type: FrameType.rscChunk, id: 'c', payload: payload('C') });
    streams.deliver({ type: FrameType.actionChunk, id: 'b', payload: payload('B') });
    streams.deliver({ type: FrameType.rscChunk, id: 'a', payload: payload('A') });
    streams.deliver({ type: FrameType.rscEnd, id: 'c' });
    streams.deliver({ type: FrameType.actionEnd, id: 'b' });
    streams.deliver({ type: FrameType.rscEnd, id: 'a' });
    expect(heard).toEqual(['page 3: C', 'answer b 500: B', 'page 1: A']);
  });

  it('tells a failure once, also before any start, and drops what comes after it', () => {
    const { streams, heard } = table();
    streams.deliver({ type: FrameType.actionError, id: 'a', error: 'no' });
    streams.deliver({ type: FrameType.actionChunk, id: 'a', payload: payload('late') });
    streams.deliver({ type: FrameType.actionEnd, id: 'a' });
    expect(heard).toEqual(['failed a: no']);
  });

  it('forgets open streams when the socket has gone', () => {
    const { streams, heard } = table();
    streams.deliver({ type: FrameType.rscStart, id: 'a', status: 200 });
    streams.clear();
    streams.deliver({ type: FrameType.rscEnd, id: 'a' });
    expect(heard).toEqual([]);
  });

  it('takes an error of no request for what it is', () => {
    const { streams, heard } = table();
    streams.deliver({ type: FrameType.actionStart, id: noRequest, status: 503 });
    streams.deliver({ type: FrameType.actionError, id: noRequest, error: 'the server cannot tell who you are' });
    expect(heard).toEqual(['unknown']);
  });
});
