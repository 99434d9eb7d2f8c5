// Pages and actions by one HTTP request each, for a page without the realtime client. The URLs are RedwoodSDK's:
// `?__rsc` asks for a page as a Flight stream, `&__rsc_action_id=ID` by POST runs an action.

import { encodeArguments, type CallServer } from './flight.ts';
import type { Link } from './link.ts';
import { clientUrl, type Transport } from './transport.ts';

/** The server answered with something that is no page of ours: a document, a redirect, an error of a proxy. */
export class NoPageError extends Error {
  override readonly name = 'NoPageError';
}

export class FetchTransport implements Transport {
  readonly #link: Link;
  #navigations = 0;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor(link: Link) {
    this.#link = link;
  }

  /** One action after another, as over the socket: an answer's page holds what the actions before it did. */
  readonly callServer: CallServer = (id, args) => {
    const called = this.#lastCall.then(() => this.#call(id, args));
    this.#lastCall = called.catch(() => {});
    return called;
  };

  async navigate(): Promise<void> {
    const navigation = ++this.#navigations;
    const version = this.#link.nextVersion(); // an action's answer that comes meanwhile is newer
    const bytes = await fetchPage(clientUrl(window.location));
    if (navigation !== this.#navigations) return;
    this.#link.push(version, bytes, this.callServer);
    await this.#link.whenShown(version);
  }

  async #call(id: string, args: readonly unknown[]): Promise<unknown> {
    const body = await encodeArguments(id, args);
    const navigation = this.#navigations;
    const bytes = await streamOf(await fetch(rscUrl(clientUrl(window.location), id), { method: 'POST', body }));
    const version = this.#link.nextVersion();
    return new Promise((resolve, reject) => {
      const caller = { resolve, reject };
      if (navigation === this.#navigations) this.#link.answer(version, bytes, this.callServer, caller);
      else this.#link.answerOnly(bytes, this.callServer, caller);
    });
  }
}

/** The page at `url`. */
export async function fetchPage(url: string): Promise<Uint8Array> {
  return streamOf(await fetch(rscUrl(url), { redirect: 'manual' }));
}

function rscUrl(pageUrl: string, actionId?: string): URL {
  const url = new URL(pageUrl);
  url.searchParams.set('__rsc', '');
  if (actionId !== undefined) url.searchParams.set('__rsc_action_id', actionId);
  return url;
}

async function streamOf(response: Response): Promise<Uint8Array> {
  const isStream = response.headers.get('content-type')?.startsWith('text/x-component') === true;
  if (!isStream)
    throw new NoPageError(response.ok ? 'the answer is no page' : `the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
