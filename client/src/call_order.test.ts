import { describe, expect, it } from 'vitest';
import { CallOrder } from './call_order.ts';

function watched(order: CallOrder) {
  const turn = order.next();
  const may: string[] = [];
  void turn.mayFollow.then(() => may.push('follow'));
  void turn.mayGoAlone.then(() => may.push('go alone'));
  return { turn, may };
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('CallOrder', () => {
  it('lets a call follow what was sent, and go alone after all that ended', async () => {
    const order = new CallOrder();
    const [first, second, third] = [watched(order), watched(order), watched(order)];
    await soon();
    expect([first.may, second.may, third.may]).toEqual([['follow', 'go alone'], [], []]);
    first.turn.sent();
    second.turn.sent();
    await soon();
    expect([second.may, third.may]).toEqual([['follow'], ['follow']]);
    second.turn.ended();
    await soon();
    expect([second.may, third.may]).toEqual([['follow'], ['follow']]);
    first.turn.ended();
    await soon();
    expect([second.may, third.may]).toEqual([
      ['follow', 'go alone'],
      ['follow', 'go alone'],
    ]);
  });

  it('lets nothing follow a call that ends without having been sent before', async () => {
    const order = new CallOrder();
    const [first, second] = [watched(order), watched(order)];
    await soon();
    expect(second.may).toEqual([]);
    first.turn.ended();
    await soon();
    expect(second.may).toEqual(['follow', 'go alone']);
  });
});
