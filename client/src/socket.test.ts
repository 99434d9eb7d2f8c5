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
    lost: () => heard.push('lost'),
    refused: () => heard.push('refused'),
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
});
