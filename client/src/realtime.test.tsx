// @vitest-environment jsdom
import { createRoot, type Root as ReactRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActionError, OutcomeUnknownError } from './connection.ts';
import { FrameType, noRequest } from './frame.ts';
import { Link } from './link.ts';
import { NoPageError } from './no_page_error.ts';
import { Realtime } from './realtime.ts';
import { StatusStore } from './status.ts';
import { FakeSocket } from './testing/fake_socket.ts';

interface Posted {
  readonly url: string;
  readonly body: unknown;
  answer(rows: string, type?: string, status?: number, headers?: Record<string, string>): void;
  fail(): void;
}

let posted: Posted[];
let key = 0; // of this test: an earlier one's sockets come back, too
let opened: FakeSocket | undefined; // the last one
let own: FakeSocket | undefined;
let link: Link;
let root: ReactRoot;
let container: HTMLElement;
let status: StatusStore;
let realtime: Realtime;

function Shown() {
  return <>{link.useShownPage().node}</>;
}

beforeEach(async () => {
  posted = [];
  key++;
  vi.stubGlobal(
    'WebSocket',
    class extends FakeSocket {
      constructor(url: URL) {
        super();
        if (url.searchParams.get('key') === `/${key}`) opened = this;
      }
    },
  );
  vi.stubGlobal('fetch', (url: URL, { body }: RequestInit) => {
    return new Promise<Response>((resolve, reject) => {
      const answer: Posted['answer'] = (rows, type = 'text/x-component; charset=utf-8', status = 200, headers = {}) =>
        resolve(new Response(rows, { status, headers: { 'content-type': type, ...headers } }));
      posted.push({ url: url.href, body, answer, fail: () => reject(new TypeError('Failed to fetch')) });
    });
  });
  const failed = (error: unknown): void => {
    throw error;
  };
  link = new Link((task) => setTimeout(task, 0), failed);
  await link.open(bytesOf(page('first')), () => Promise.reject(new Error('no calls')));
  container = document.createElement('div');
  root = createRoot(container);
  root.render(<Shown />);
  await shows('first');
  status = new StatusStore();
  realtime = new Realtime({ link, status, key: `/${key}`, handleResponse: undefined, failed });
  own = opened;
  socket().accept();
});
afterEach(() => {
  root.unmount();
  vi.unstubAllGlobals();
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const page = (text: string): string => `1:"${text}"\n0:{"node":"$1"}\n`;
const answer = (text: string, result: string): string =>
  `10000000:"${result}"\n1:"${text}"\n0:{"node":"$1","actionResult":"$10000000"}\n`;
const shows = (text: string) => vi.waitFor(() => expect(container.textContent).toBe(text));
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));
const nth = (n: number): Promise<Posted> => vi.waitFor(() => posted[n] ?? expect.fail(`only ${posted.length} posts`));

function socket(): FakeSocket {
  return own ?? expect.fail('no socket was opened');
}

interface Request {
  readonly id: string | null;
  readonly args: string | null;
  readonly requestId: string;
}

function requests(): Request[] {
  return socket().sent.map((bytes) => JSON.parse(new TextDecoder().decode(bytes.subarray(1))));
}
const request = (n: number): Promise<Request> =>
  vi.waitFor(() => requests()[n] ?? expect.fail(`only ${requests().length} requests`));

function stream(type: typeof FrameType.rscStart | typeof FrameType.actionStart, id: string, rows: string): void {
  socket().receive(Uint8Array.of(type, 0, 200, ...bytesOf(id)));
  socket().receive(Uint8Array.of(type + 1, ...bytesOf(id), ...bytesOf(rows)));
  socket().receive(Uint8Array.of(type + 2, ...bytesOf(id)));
}
let pushes = 0;
const push = (text: string): void =>
  stream(FrameType.rscStart, `00000000-0000-4000-8000-${String(++pushes).padStart(12, '0')}`, page(text));
const reply = ({ requestId }: Request, rows: string): void => stream(FrameType.actionStart, requestId, rows);

const upload = (name = 'a.txt'): FormData => {
  const form = new FormData();
  form.append('file', new File(['hello'], name));
  return form;
};

describe('Realtime', () => {
  it('posts a call with a file to the URL of the page, and shows the page of the socket with its result', async () => {
    const states: string[] = [];
    const called = realtime.callServer('save', ['n1', upload()]);
    void called.then((result) => states.push(`${String(result)} beside ${container.textContent}`));
    const post = await nth(0);
    expect(post.url).toBe(`${window.location.href}?__rsc=&__rsc_action_id=save`);
    const body = post.body;
    if (!(body instanceof FormData)) throw new TypeError('a form was expected');
    expect(body.get('0')).toBe('["n1","$K1"]');
    expect(body.get('_1_file')).toBeInstanceOf(File);
    expect(requests()).toEqual([]);

    post.answer(answer('of the post', 'saved'));
    const asked = await request(0);
    expect([asked.id, asked.args]).toEqual([null, null]);
    await soon();
    expect(states).toEqual([]);
    expect(container.textContent).toBe('first');
    reply(asked, page('of the socket'));
    expect(await called).toBe('saved');
    await shows('of the socket');
    expect(states).toEqual(['saved beside of the socket']);
  });

  it('posts a call after those by socket before it, and lets those after it go meanwhile', async () => {
    const settled: unknown[] = [];
    const call = (...args: unknown[]) => void realtime.callServer('act', args).then((result) => settled.push(result));
    call(1);
    call(2);
    call(3, upload());
    call(4, new Map());
    call(5);
    call(6);
    const [one, two, five, six] = [await request(0), await request(1), await request(2), await request(3)];
    await soon();
    expect(requests().map(({ args }) => args)).toEqual(['[1]', '[2]', '[5]', '[6]']);
    expect(posted).toHaveLength(0);
    reply(two, answer('two', '2'));
    await soon();
    expect(posted).toHaveLength(0); // one has not ended
    reply(one, answer('one', '1'));
    const three = await nth(0);
    await soon();
    expect(posted).toHaveLength(1); // four is of the same action
    reply(five, answer('five', '5'));
    await vi.waitFor(() => expect(settled).toEqual(['2', '1', '5']));
    three.answer(answer('three', '3'));
    (await nth(1)).answer(answer('four', '4'));
    reply(six, answer('six', '6'));
    reply(await request(4), page('asked'));
    await vi.waitFor(() => expect(new Set(settled)).toEqual(new Set(['1', '2', '3', '4', '5', '6'])));
  });

  it('encodes arguments when the call is made, and sends none before those of an earlier call', async () => {
    let finish = (_: string): void => {};
    const slow = new Promise<string>((resolve) => (finish = resolve));
    const list = ['as it was'];
    void realtime.callServer('slow', [slow]);
    void realtime.callServer('quick', [list]);
    list[0] = 'changed';
    await soon();
    expect(requests()).toEqual([]);
    finish('late');
    (await nth(0)).answer(answer('second', 'done'));
    await request(0);
    expect(requests().map(({ args }) => args)).toContain('[["as it was"]]');
  });

  it('shows no page of a post over one that was pushed', async () => {
    const called = realtime.callServer('save', [upload()]);
    const post = await nth(0);
    push('pushed');
    await shows('pushed');
    post.answer(answer('of the post', 'saved'));
    reply(await request(0), page('asked'));
    expect(await called).toBe('saved');
    await shows('asked');
  });

  it("shows the post's own page where no socket can be had, but HTTP", async () => {
    socket().drop();
    const called = realtime.callServer('save', [upload()]);
    await vi.waitFor(() => expect(opened).not.toBe(own));
    opened?.drop();
    (await nth(0)).answer('ok', 'text/plain');
    (await nth(1)).answer(answer('of the post', 'saved'));
    expect(await called).toBe('saved');
    await shows('of the post');
  });

  it('asks for no page while another call runs, which may take long and brings one', async () => {
    const called = realtime.callServer('save', [upload()]);
    void realtime.callServer('slow', []);
    await request(0);
    (await nth(0)).answer(answer('of the post', 'saved'));
    expect(await called).toBe('saved');
    expect(requests().map(({ id }) => id)).toEqual(['slow']);
  });

  it('waits with a post until the server can be reached, and asks before the page is left meanwhile', async () => {
    const asks = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    expect(asks()).toBe(false);
    socket().drop();
    const called = realtime.callServer('save', [upload()]);
    await vi.waitFor(() => expect(opened).not.toBe(own));
    opened?.drop();
    (await nth(0)).fail();
    const refused = opened;
    await vi.waitFor(() => expect(opened).not.toBe(refused));
    await soon();
    expect(posted.map(({ url }) => new URL(url).pathname)).toEqual(['/healthz']);
    expect(asks()).toBe(true);
    own = opened;
    socket().accept();
    expect((await nth(1)).url).toContain('__rsc_action_id=save');
    expect(asks()).toBe(true);
    (await nth(1)).answer(answer('of the post', 'saved'));
    reply(await request(0), page('asked'));
    expect(await called).toBe('saved');
    expect(asks()).toBe(false);
  });

  it('asks before the page is left while a call waits for the socket, and not while it is under way', async () => {
    const asks = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    socket().drop();
    void realtime.callServer('act', [1]);
    await soon();
    expect(asks()).toBe(true);
    await vi.waitFor(() => expect(opened).not.toBe(own));
    own = opened;
    socket().accept();
    await request(0);
    expect(asks()).toBe(false);
  });

  it('settles with the result alone if the socket goes before it has given the page', async () => {
    const called = realtime.callServer('save', [upload()]);
    (await nth(0)).answer(answer('of the post', 'saved'));
    await request(0);
    socket().drop();
    expect(await called).toBe('saved');
    expect(container.textContent).toBe('first');
  });

  it('rejects a post that is lost, does not send it again, and sends the next call', async () => {
    const lost = realtime.callServer('save', [upload()]);
    const next = realtime.callServer('act', [1]);
    (await nth(0)).fail();
    await expect(lost).rejects.toThrow(OutcomeUnknownError);
    await expect(lost).rejects.toThrow(/^save: the server cannot be reached/);
    reply(await request(0), answer('next', 'done'));
    expect(await next).toBe('done');
    expect(posted).toHaveLength(1);
  });

  it('rejects a post that the server refuses', async () => {
    const refused = realtime.callServer('save', [upload()]);
    (await nth(0)).answer('too large', 'text/plain', 413);
    await expect(refused).rejects.toEqual(new ActionError('save: too large'));
    const unknown = realtime.callServer('save', [upload()]);
    (await nth(1)).answer('<h1>Bad gateway</h1>', 'text/html', 502);
    await expect(unknown).rejects.toEqual(new NoPageError('the server answered 502'));
  });

  it("rejects with the server's words when the action fails", async () => {
    const failed = realtime.callServer('save', [upload()]);
    const failure = '10000000:E{"digest":"save: too large","stack":[],"env":""}\n';
    (await nth(0)).answer(`${failure}1:"page"\n0:{"node":"$1","actionResult":"$@10000000"}\n`, undefined, 400);
    await expect(failed).rejects.toEqual(new ActionError('save: too large'));
    reply(await request(0), page('with what it had done'));
    await shows('with what it had done');
  });

  it('tries the sockets of pages that were left as soon as one is open', async () => {
    const sockets: { readonly key: string | null; readonly socket: FakeSocket }[] = [];
    vi.stubGlobal(
      'WebSocket',
      class extends FakeSocket {
        constructor(url: URL) {
          super();
          sockets.push({ key: url.searchParams.get('key'), socket: this });
        }
      },
    );
    const of = (name: string): FakeSocket[] =>
      sockets.filter((each) => each.key === name).map(({ socket }) => socket);
    let name = 'left';
    const failed = (): void => {};
    realtime = new Realtime({ link, status, key: () => name, handleResponse: undefined, failed });
    of('left')[0]?.accept();
    of('left')[0]?.drop();
    void realtime.callServer('save', [1]);
    name = 'new';
    void realtime.navigate(window.location.href, () => {});
    await soon();
    expect([of('left').length, of('new').length]).toEqual([1, 1]);
    of('new')[0]?.accept();
    expect(of('left')).toHaveLength(2); // not only when its own wait is over
    of('left')[1]?.accept();
    await vi.waitFor(() => expect(of('left')[1]?.sent).toHaveLength(1));
  });

  it('rejects arguments that cannot be encoded, and sends the next call', async () => {
    await expect(realtime.callServer('save', [() => {}])).rejects.toThrow();
    void realtime.callServer('act', [1]);
    expect((await request(0)).args).toBe('[1]');
  });

  const changed = { 'duramen-cookies': 'changed' };

  it('joins anew after an answer that changes cookies, and shows the page of that socket only', async () => {
    const called = realtime.callServer('logIn', [upload()]);
    const next = realtime.callServer('next', []);
    (await nth(0)).answer(answer('of nobody', 'welcome'), undefined, undefined, changed);
    const underWay = await request(0);
    await soon();
    expect(opened).toBe(own); // nothing is lost of what was sent
    reply(underWay, answer('of nobody', 'done'));
    expect(await next).toBe('done');
    await vi.waitFor(() => expect(opened).not.toBe(own));
    const before = socket();
    own = opened;
    expect(before.readyState).toBe(3);
    expect(requests()).toEqual([]);
    socket().accept();
    push('of Ann');
    const asked = await request(0);
    expect(requests().map(({ id }) => id)).toEqual([null]);
    reply(asked, page('of Ann, asked for'));
    expect(await called).toBe('welcome');
    await shows('of Ann, asked for');
  });

  it('shows no page of an answer that changes cookies while there is no socket', async () => {
    socket().drop();
    const called = realtime.callServer('logIn', [upload()]);
    await vi.waitFor(() => expect(opened).not.toBe(own));
    own = opened;
    socket().drop(); // HTTP works where no socket does
    (await vi.waitFor(() => posted.find(({ url }) => url.includes('/healthz')) ?? expect.fail('no one asked'))).answer('ok', 'text/plain');
    (await vi.waitFor(() => posted.find(({ url }) => url.includes('logIn')) ?? expect.fail('no post'))).answer(
      answer('of nobody', 'welcome'),
      undefined,
      undefined,
      changed,
    );
    expect(await called).toBe('welcome');
    expect(container.textContent).toBe('first');
    await vi.waitFor(() => expect(opened).not.toBe(own));
    own = opened;
    socket().accept();
    push('of Ann');
    await shows('of Ann');
  });

  it('fetches the page when its session has ended and no socket may be opened', async () => {
    push('of Ann');
    await shows('of Ann');
    socket().drop(4401);
    await vi.waitFor(() => expect(opened).not.toBe(own));
    opened?.drop();
    const get = await nth(0);
    expect(get.url).toBe(`${window.location.href}?__rsc=`);
    get.answer(page('of nobody'));
    await shows('of nobody');
  });

  const cannotTell = (): void => {
    socket().receive(Uint8Array.of(FrameType.actionStart, 1, 247, ...bytesOf(noRequest)));
    socket().receive(Uint8Array.of(FrameType.actionError, ...bytesOf(noRequest), ...bytesOf('{"error":"who is it?"}')));
  };

  it('is retrying while the server cannot tell who this is, until a page comes', async () => {
    push('of Ann');
    expect(status.get()).toBe('online');
    cannotTell();
    expect(status.get()).toBe('retrying');
    await shows('of Ann');
    push('of Ann');
    expect(status.get()).toBe('online');
    cannotTell();
    const called = realtime.callServer('save', []);
    reply(await request(0), answer('of Ann', 'done'));
    expect(await called).toBe('done');
    expect(status.get()).toBe('online');
  });

  it('is retrying also when its socket has gone and another is there, until that brings a page', async () => {
    cannotTell();
    socket().drop();
    expect(status.get()).toBe('retrying');
    await vi.waitFor(() => expect(opened).not.toBe(own), 1_000);
    own = opened;
    socket().accept();
    expect(status.get()).toBe('retrying');
    push('of Ann');
    expect(status.get()).toBe('online');
  });

  it('comes back from a rest when a page has come by a new socket', async () => {
    realtime.rest();
    expect(socket().readyState).toBe(3);
    let isBack = false;
    void realtime.resume().then(() => (isBack = true));
    own = opened;
    socket().accept();
    await soon();
    expect(isBack).toBe(false);
    push('first');
    await vi.waitFor(() => expect(isBack).toBe(true));
  });
});
