import { describe, expect, it } from 'vitest';
import { CallOrder } from './call_order.ts';

function watched(order: CallOrder) {
  const turn = order.next();
  const may: string[] = [];
  void turn.mayFollow.then(() => may.push('follow'));
  const goAlone = (action: string): void => void turn.goAlone(action).then(() => may.push('go alone'));
  return { turn, may, goAlone };
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('CallOrder', () => {
  it('lets a call follow what was sent, and go alone after all by the socket that ended', async () => {
    const order = new CallOrder();
    const [first, second, third] = [watched(order), watched(order), watched(order)];
    await soon();
    expect([first.may, second.may, third.may]).toEqual([['follow'], [], []]);
    first.turn.sent();
    second.turn.sent();
    third.goAlone('act');
    await soon();
    expect([second.may, third.may]).toEqual([['follow'], ['follow']]);
    second.turn.ended();
    await soon();
    expect(third.may).toEqual(['follow']);
    first.turn.ended();
    await soon();
    expect(third.may).toEqual(['follow', 'go alone']);
  });

  it('holds nothing up for a call that goes alone, but another of the same action that does', async () => {
    const order = new CallOrder();
    const [upload, socket, same, other] = [watched(order), watched(order), watched(order), watched(order)];
    upload.goAlone('upload');
    await soon();
    expect([upload.may, socket.may]).toEqual([['follow', 'go alone'], ['follow']]);
    socket.turn.sent();
    same.goAlone('upload');
    other.goAlone('other');
    socket.turn.ended();
    await soon();
    expect([same.may, other.may]).toEqual([['follow'], ['follow', 'go alone']]);
    upload.turn.ended();
    await soon();
    expect(same.may).toEqual(['follow', 'go alone']);
  });

  it('lets nothing follow a call that ends without having been sent before', async () => {
    const order = new CallOrder();
    const [first, second] = [watched(order), watched(order)];
    await soon();
    expect(second.may).toEqual([]);
    first.turn.ended();
    second.goAlone('act');
    await soon();
    expect(second.may).toEqual(['follow', 'go alone']);
  });
});
