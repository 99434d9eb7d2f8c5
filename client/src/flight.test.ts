// React's production build, as in the browser: that decoding is synchronous rests on what it does and does not
// document.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

let flight: typeof import('./flight.ts');
beforeAll(async () => {
  vi.stubEnv('NODE_ENV', 'production');
  vi.resetModules();
  flight = await import('./flight.ts');
});
afterAll(() => void vi.unstubAllEnvs());

const bytes = (rows: string): Uint8Array => new TextEncoder().encode(rows);
const unexpected = (error: unknown): never => {
  throw error;
};
const noCalls = (): Promise<unknown> => Promise.reject(new Error('no calls'));

describe('decode', () => {
  it('gives the page before it returns (React asks its stream only for getReader().read().then())', () => {
    let node: unknown;
    flight.decode(
      bytes('1:["$","p",null,{"children":"hi"}]\n0:{"node":"$1"}\n'),
      noCalls,
      (payload) => (node = payload.node),
      unexpected,
    );
    expect(node).toMatchObject({ type: 'p', props: { children: 'hi' } });
  });

  it("gives an action's result beside its page", () => {
    const rows = '10000000:{"number":7}\n1:"page"\n0:{"node":"$1","actionResult":"$10000000"}\n';
    let payload: unknown;
    flight.decode(bytes(rows), noCalls, (decoded) => (payload = decoded), unexpected);
    expect(payload).toEqual({ node: 'page', actionResult: { number: 7 } });
  });

  it('gives a failed result as a promise that rejects', async () => {
    const rows =
      '10000000:E{"digest":"d","stack":[],"env":""}\n1:"page"\n0:{"node":"$1","actionResult":"$@10000000"}\n';
    const payload = await new Promise<import('./flight.ts').Payload>((done, failed) =>
      flight.decode(bytes(rows), noCalls, (decoded) => done(decoded), failed),
    );
    expect(payload.node).toBe('page');
    await expect(Promise.resolve(payload.actionResult)).rejects.toMatchObject({ digest: 'd' });
  });

  it('feeds React a copy: what an app writes into its bytes stays out of ours', () => {
    const payload = bytes('2:o3,abc1:["$","i",null,{"data":"$2"}]\n0:{"node":"$1"}\n');
    const before = payload.slice();
    let data: unknown;
    flight.decode(
      payload,
      noCalls,
      ({ node }) => {
        data = typeof node === 'object' && node !== null && 'props' in node ? node.props : undefined;
      },
      unexpected,
    );
    const written = data as { data: Uint8Array };
    written.data.fill(0);
    expect(written.data).toHaveLength(3);
    expect(payload).toEqual(before);
  });

  describe('of rows that are still coming', () => {
    async function streamed() {
      const { RowStream } = await import('./row_stream.ts');
      return new RowStream();
    }
    const opening = '1:["$","p",null,{"children":"$@2"}]\n0:{"node":"$1"}\n';
    const promised = (node: unknown): Promise<unknown> =>
      (node as { props: { children: Promise<unknown> } }).props.children;

    it('gives the page with its first piece, and what is promised when that comes', async () => {
      const rows = await streamed();
      let node: unknown;
      rows.push(bytes(opening));
      flight.decode(rows, noCalls, (payload) => (node = payload.node), unexpected);
      expect(node).toMatchObject({ type: 'p' });
      rows.push(bytes('2:"la'));
      rows.push(bytes('te"\n'));
      expect(await promised(node)).toBe('late');
    });

    it('keeps waiting where the stream is broken off after the page has begun', async () => {
      const rows = await streamed();
      let node: unknown;
      flight.decode(rows, noCalls, (payload) => (node = payload.node), unexpected);
      rows.push(bytes(opening));
      rows.fail(new TypeError('network error'));
      expect(await Promise.race([promised(node), Promise.resolve('waits')])).toBe('waits');
    });

    it('fails where the stream is broken off before', async () => {
      for (const readFirst of [true, false]) {
        const rows = await streamed();
        const failing = (): Promise<unknown> =>
          new Promise((failed, done) => flight.decode(rows, noCalls, done, failed));
        const early = readFirst ? failing() : undefined;
        rows.push(bytes('1:["$","p"'));
        rows.fail(new TypeError('network error'));
        expect(await (early ?? failing())).toEqual(new TypeError('network error'));
      }
    });
  });

  it('fails on bytes that hold no page', async () => {
    const fails = (rows: string): Promise<unknown> =>
      new Promise((failed, done) => flight.decode(bytes(rows), noCalls, done, failed));
    expect(await fails('0:5\n')).toEqual(new TypeError('the stream holds no page'));
    expect(await fails('0:{"no\n')).toBeInstanceOf(Error);
    expect(await fails('')).toBeInstanceOf(Error);
  });

  it('gives references that call with their bound arguments first', async () => {
    const calls: unknown[] = [];
    let action: unknown;
    const rows = '3:["n1"]\n2:{"id":"saveNote","bound":"$@3"}\n1:["$","i",null,{"save":"$h2"}]\n0:{"node":"$1"}\n';
    flight.decode(
      bytes(rows),
      async (id, args) => calls.push(id, args),
      ({ node }) => {
        action = (node as unknown as { props: { save: (text: string) => Promise<unknown> } }).props.save;
      },
      unexpected,
    );
    await (action as (text: string) => Promise<unknown>)('hello');
    expect(calls).toEqual(['saveNote', ['n1', 'hello']]);
  });
});

describe('encodeArguments', () => {
  it('writes plain values as text', async () => {
    expect(await flight.encodeArguments(['n1', 5, undefined, { a: '$x' }])).toBe('["n1",5,"$undefined",{"a":"$$x"}]');
  });

  it('makes a form of what text cannot carry', async () => {
    const form = await flight.encodeArguments([new Map([['a', 1]])]);
    if (typeof form === 'string') throw new TypeError('a form was expected');
    expect([...form]).toEqual([
      ['1', '[["a",1]]'],
      ['0', '["$Q1"]'],
    ]);
  });
});
