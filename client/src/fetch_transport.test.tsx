// @vitest-environment jsdom
import { createRoot, type Root as ReactRoot } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActionError, OutcomeUnknownError } from './connection.ts';
import { FetchTransport } from './fetch_transport.ts';
import { Link } from './link.ts';
import { NoPageError } from './no_page_error.ts';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  answer(rows: string, type?: string, status?: number): void;
}

let asked: Asked[];
let link: Link;
let root: ReactRoot;
let container: HTMLElement;

function Shown() {
  return <>{link.useShownPage().node}</>;
}

beforeEach(async () => {
  asked = [];
  vi.stubGlobal('fetch', (url: URL, { method = 'GET', body }: RequestInit) => {
    return new Promise<Response>((resolve) => {
      const answer: Asked['answer'] = (rows, type = 'text/x-component; charset=utf-8', status = 200) =>
        resolve(new Response(rows, { status, headers: { 'content-type': type } }));
      asked.push({ method, url: url.href, body, answer });
    });
  });
  link = new Link(
    (task) => setTimeout(task, 0),
    (error) => {
      throw error;
    },
  );
  await link.open(new TextEncoder().encode('1:"first"\n0:{"node":"$1"}\n'), () =>
    Promise.reject(new Error('no calls')),
  );
  container = document.createElement('div');
  root = createRoot(container);
  root.render(<Shown />);
  await vi.waitFor(() => expect(container.textContent).toBe('first'));
});
afterEach(() => {
  root.unmount();
  vi.unstubAllGlobals();
});

const answer = (page: string, result: string): string =>
  `10000000:"${result}"\n1:"${page}"\n0:{"node":"$1","actionResult":"$10000000"}\n`;
const nth = (n: number): Promise<Asked> => vi.waitFor(() => asked[n] ?? expect.fail(`only ${asked.length} requests`));

describe('FetchTransport', () => {
  it("posts an action to the page's own URL, and shows the page in its answer", async () => {
    const called = new FetchTransport(link).callServer('saveNote', ['n1', 'hello']);
    const { method, url, body, answer: respond } = await nth(0);
    expect([method, url, body]).toEqual([
      'POST',
      `${window.location.href}?__rsc=&__rsc_action_id=saveNote`,
      '["n1","hello"]',
    ]);
    respond(answer('second', 'saved'));
    expect(await called).toBe('saved');
    expect(container.textContent).toBe('second');
  });

  it('runs one action after another', async () => {
    const transport = new FetchTransport(link);
    const results = [transport.callServer('act', [1]), transport.callServer('act', [2])];
    (await nth(0)).answer(answer('one', '1'));
    expect(await results[0]).toBe('1');
    (await nth(1)).answer(answer('two', '2'));
    expect(await results[1]).toBe('2');
    expect(asked.map(({ body }) => body)).toEqual(['[1]', '[2]']);
    expect(container.textContent).toBe('two');
  });

  it('rejects an answer that is no page, and runs the next action', async () => {
    const transport = new FetchTransport(link);
    const refused = transport.callServer('act', [1]);
    const next = transport.callServer('act', [2]);
    (await nth(0)).answer('<h1>Forbidden</h1>', 'text/html', 403);
    await expect(refused).rejects.toEqual(new NoPageError('the server answered 403'));
    (await nth(1)).answer(answer('two', '2'));
    expect(await next).toBe('2');
  });

  it('posts a form where an argument is a file', async () => {
    const called = new FetchTransport(link).callServer('saveNote', [new File(['hello'], 'a.txt')]);
    const { body, answer: respond } = await nth(0);
    if (!(body instanceof FormData)) throw new TypeError('a form was expected');
    expect([...body.keys()]).toEqual(['1', '0']);
    respond(answer('second', 'saved'));
    expect(await called).toBe('saved');
  });

  it("rejects with the server's words when the action fails", async () => {
    const failed = new FetchTransport(link).callServer('saveNote', ['n1']);
    const failure = '10000000:E{"digest":"saveNote: too long","stack":[],"env":""}\n';
    (await nth(0)).answer(`${failure}1:"page"\n0:{"node":"$1","actionResult":"$@10000000"}\n`, undefined, 400);
    await expect(failed).rejects.toEqual(new ActionError('saveNote: too long'));
  });

  it('does not send an action again that was lost', async () => {
    vi.stubGlobal('fetch', () => {
      sent++;
      return Promise.reject(new TypeError('Failed to fetch'));
    });
    let sent = 0;
    await expect(new FetchTransport(link).callServer('saveNote', ['n1'])).rejects.toThrow(OutcomeUnknownError);
    expect(sent).toBe(1);
  });

  it('navigates, and shows nothing that was asked for before', async () => {
    const transport = new FetchTransport(link);
    const left = transport.navigate(`${window.location.href}left`, () => {});
    const present = transport.navigate(`${window.location.href}present`, () => {});
    (await nth(1)).answer('1:"present"\n0:{"node":"$1"}\n');
    await present;
    (await nth(0)).answer('1:"left"\n0:{"node":"$1"}\n');
    await left;
    expect(container.textContent).toBe('present');
  });

  it('fails a navigation whose page cannot be read', async () => {
    const navigated = new FetchTransport(link).navigate(window.location.href, () => {});
    (await nth(0)).answer('0:{"no\n');
    await expect(navigated).rejects.toThrow();
    expect(container.textContent).toBe('first');
  });
});
