import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Socket } from './socket.ts';
import { FakeNetwork } from './testing/fake_socket.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function connected() {
  const heard: string[] = [];
  const network = new FakeNetwork();
  const socket = new Socket(network, {
    opened: () => heard.push('opened'),
    message: (bytes) => heard.push(`message ${bytes.join(' ')}`),
    lost: (sessionEnded) => heard.push(sessionEnded ? 'session ended' : 'lost'),
    refused: () => heard.push('refused'),
    waits: (why) => heard.push(why),
  });
  return { heard, network, socket };
}

describe('Socket', () => {
  it('opens, and hands messages on', () => {
    const { heard, network, socket } = connected();
    expect(socket.isOpen).toBe(false);
    network.last.accept();
    network.last.receive(Uint8Array.of(1, 2));
    expect(socket.isOpen).toBe(true);
    expect(heard).toEqual(['opened', 'message 1 2']);
  });

  it('tries again after a loss, later after each failure, at most every ten seconds', () => {
    const { heard, network } = connected();
    network.last.accept();
    network.last.drop();
    expect(heard).toEqual(['opened', 'lost']);
    for (const wait of [300, 600, 1_200, 2_400, 4_800, 9_600, 10_000, 10_000]) {
      const before = network.sockets.length;
      vi.advanceTimersByTime(wait - 1);
      expect(network.sockets).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(network.sockets).toHaveLength(before + 1);
      network.last.drop();
    }
    expect(heard.at(-1)).toBe('refused');
  });

  it('tries at once when the browser wakes, and only one at a time', () => {
    const { network } = connected();
    network.last.drop();
    network.wake();
    network.wake();
    expect(network.sockets).toHaveLength(2);
    vi.advanceTimersByTime(9_000);
    expect(network.sockets).toHaveLength(2);
  });

  it('gives up a handshake that nobody answers', () => {
    const { heard, network } = connected();
    vi.advanceTimersByTime(10_000);
    expect(heard).toEqual(['refused']);
    vi.advanceTimersByTime(600);
    expect(network.sockets).toHaveLength(2);
  });

  it('is silent once it is closed', () => {
    const { heard, network, socket } = connected();
    network.last.accept();
    socket.close();
    network.last.drop();
    network.wake();
    vi.advanceTimersByTime(60_000);
    expect(heard).toEqual(['opened']);
    expect(network.sockets).toHaveLength(1);
  });

  it('opens another in place of one that does not answer', () => {
    const { heard, network, socket } = connected();
    network.last.accept();
    socket.reopen();
    expect(heard).toEqual(['opened', 'lost']);
    expect(network.sockets).toHaveLength(2);
  });

  it('is not told by an open socket that the server can serve: 60 s of "come again later" are a dozen joins', () => {
    const { network } = connected();
    const second = (): void => {
      if (network.last.readyState === 0) {
        network.last.accept();
        network.last.drop(1013);
      }
      vi.advanceTimersByTime(10);
    };
    for (let n = 0; n < 6_000; n++) second();
    expect(network.sockets.length).toBeLessThanOrEqual(12);
    expect(network.sockets.length).toBeGreaterThanOrEqual(8);
  });

  it('is told by a page that the server can serve, unless it sends away at once', () => {
    const { network, socket } = connected();
    const servedAndDropped = (code: number): void => {
      network.last.accept();
      socket.served();
      network.last.drop(code);
    };
    for (let n = 0; n < 4; n++) {
      network.last.accept();
      network.last.drop(1013);
      vi.advanceTimersByTime(10_000);
    }
    servedAndDropped(1013);
    vi.advanceTimersByTime(4_799);
    expect(network.sockets).toHaveLength(5);
    vi.advanceTimersByTime(1);
    expect(network.sockets).toHaveLength(6);
    servedAndDropped(1006);
    vi.advanceTimersByTime(300);
    expect(network.sockets).toHaveLength(7);
  });

  it('says that the server is full when it opens a socket and gives nothing but "come again later"', () => {
    const { heard, network, socket } = connected();
    network.last.accept();
    network.last.drop(1013);
    expect(heard).toEqual(['opened', 'lost', 'full']);
    vi.advanceTimersByTime(300);
    network.last.accept();
    socket.served();
    network.last.drop(1013);
    expect(heard.slice(3)).toEqual(['opened', 'lost']);
  });

  it('does not come back sooner than it was told to, also when the browser wakes', () => {
    const { network } = connected();
    network.last.accept();
    network.last.drop(1013);
    network.wake();
    expect(network.sockets).toHaveLength(1);
    vi.advanceTimersByTime(300);
    expect(network.sockets).toHaveLength(2);
  });

  it('asks by HTTP why it is refused, seldom, and says that the server is full', async () => {
    const { heard, network } = connected();
    network.refusal = { why: 'full', retryAfterMs: 30_000 };
    network.last.drop();
    expect(network.asked).toBe(0);
    await vi.advanceTimersByTimeAsync(600);
    network.last.drop();
    await vi.advanceTimersByTimeAsync(0);
    expect([network.asked, heard]).toEqual([1, ['refused', 'refused', 'full']]);

    await vi.advanceTimersByTimeAsync(44_999); // 30 s and the longest that chance adds
    network.wake();
    expect(network.sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(network.sockets).toHaveLength(3);
    network.last.drop();
    await vi.advanceTimersByTimeAsync(0);
    expect([network.asked, heard.slice(3)]).toEqual([2, ['full']]); // never "offline" in between

    network.refusal = undefined;
    await vi.advanceTimersByTimeAsync(45_000);
    network.last.drop();
    await vi.advanceTimersByTimeAsync(0);
    expect([network.asked, heard.slice(4)]).toEqual([3, ['refused']]);
  });

  it('says so when the server cannot tell who this is, and then that it is full', async () => {
    const { heard, network } = connected();
    network.refusal = { why: 'retrying', retryAfterMs: 5_000 };
    network.last.drop();
    await vi.advanceTimersByTimeAsync(600);
    network.last.drop();
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(['refused', 'refused', 'retrying']);
    await vi.advanceTimersByTimeAsync(7_500); // 5 s and the longest that chance adds
    expect(network.sockets).toHaveLength(3);
    network.refusal = { why: 'full', retryAfterMs: 10_000 };
    network.last.drop();
    await vi.advanceTimersByTimeAsync(0);
    expect([network.asked, heard.slice(3)]).toEqual([2, ['full']]);
  });

  it('asks a server that is down after 2, 4, 8, … refusals only', async () => {
    const { network } = connected();
    for (let n = 0; n < 20; n++) {
      network.last.drop();
      await vi.advanceTimersByTimeAsync(10_000);
    }
    expect(network.asked).toBe(4);
  });

  it('does not wait for longer than five minutes, whatever it is told', async () => {
    const { network } = connected();
    network.refusal = { why: 'full', retryAfterMs: 1e9 };
    network.last.drop();
    await vi.advanceTimersByTimeAsync(600);
    network.last.drop();
    await vi.advanceTimersByTimeAsync(450_000);
    expect(network.sockets).toHaveLength(3);
  });

  it('opens another at once when the session has ended, and not again and again', () => {
    const { heard, network } = connected();
    network.last.accept();
    network.last.drop(4401);
    expect(heard).toEqual(['opened', 'session ended']);
    expect(network.sockets).toHaveLength(2);
    network.last.accept();
    vi.advanceTimersByTime(9_999);
    network.last.drop(4401);
    expect(network.sockets).toHaveLength(2);
    vi.advanceTimersByTime(9_999);
    expect(network.sockets).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(network.sockets).toHaveLength(3);
    network.last.accept();
    vi.advanceTimersByTime(10_000);
    network.last.drop(4401);
    expect(network.sockets).toHaveLength(4);
  });

  it('joins anew, also while it is being opened', () => {
    const { heard, network, socket } = connected();
    socket.rejoin();
    expect(network.sockets).toHaveLength(2);
    network.sockets[0]?.accept();
    expect(heard).toEqual([]);
    network.last.accept();
    socket.rejoin();
    expect(heard).toEqual(['opened', 'lost']);
    expect(network.sockets).toHaveLength(3);
  });

  it('rests until it joins anew', () => {
    const { heard, network, socket } = connected();
    network.last.accept();
    socket.rest();
    expect(heard).toEqual(['opened', 'lost']);
    network.wake();
    vi.advanceTimersByTime(60_000);
    expect(network.sockets).toHaveLength(1);
    socket.rejoin();
    expect(network.sockets).toHaveLength(2);
  });
});
