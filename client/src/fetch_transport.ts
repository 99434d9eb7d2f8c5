// Pages and actions by one HTTP request each, for a page without the realtime client. The URLs are RedwoodSDK's:
// `?__rsc` asks for a page as a Flight stream, `&__rsc_action_id=ID` by POST runs an action.

import { ActionError, OutcomeUnknownError } from './connection.ts';
import { encodeArguments, type CallServer } from './flight.ts';
import { forms } from './forms.ts';
import type { Caller, Link } from './link.ts';
import { NoPageError } from './no_page_error.ts';
import { RowStream } from './row_stream.ts';
import { reach } from './page_request.ts';
import { clientUrl, type Transport } from './transport.ts';
import { holdPage } from './unload.ts';

export class FetchTransport implements Transport {
  readonly #link: Link;
  #url = clientUrl(window.location);
  #navigations = 0;
  #isComing = false;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor(link: Link) {
    this.#link = link;
  }

  /** One action after another, as over the socket: an answer's page holds what the actions before it did. */
  readonly callServer: CallServer = (id, args) => {
    const encoding = encodeArguments(args); // now: an argument may change while the call waits
    encoding.catch(() => {}); // the call hears of it in its turn
    const called = this.#lastCall.then(() => online(args)).then(() => this.#call(id, encoding));
    this.#lastCall = called.catch(() => {});
    return called;
  };

  async navigate(url: string, enter: () => void): Promise<void> {
    const navigation = ++this.#navigations;
    this.#isComing = true;
    const rows = await fetchRows(url);
    if (navigation !== this.#navigations) return;
    this.#isComing = false;
    this.#url = url;
    this.#link.enter({ enter });
    const version = this.#link.nextVersion();
    this.#link.push(version, rows, this.callServer);
    await this.#link.whenShown(version);
  }

  stay(): boolean {
    if (!this.#isComing) return false;
    this.#isComing = false;
    this.#navigations++;
    return true;
  }

  resume(): Promise<void> {
    return this.navigate(this.#url, () => {});
  }

  rest(): void {}

  async #call(id: string, encoding: Promise<string | FormData>): Promise<unknown> {
    const body = await encoding;
    const url = this.#url;
    const { bytes, changesCookies } = await postAction(url, id, body);
    const version = this.#link.nextVersion();
    if (changesCookies) {
      const result = await settled((caller) => this.#link.answerOnly(bytes, this.callServer, caller));
      // The answer's page is of who the person was. The action has run, whether or not the next one can be had.
      if (url === this.#url) await this.resume().catch(() => {});
      return result;
    }
    return settled((caller) => {
      if (url === this.#url) this.#link.answer(version, bytes, this.callServer, caller);
      else this.#link.answerOnly(bytes, this.callServer, caller);
    });
  }
}

export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** What a POST brought: a stream of `{node, actionResult}`. */
export interface ActionAnswer extends Answer {
  /** Whether the browser has other cookies now: whoever asks again may be somebody else. */
  readonly changesCookies: boolean;
}

/**
 * Runs an action by one request, and never asks for it twice: whether a lost one took effect, nobody knows. Chromium
 * by itself sends a request again whose reused connection ends before any answer; no option of fetch prevents that.
 */
export async function postAction(pageUrl: string, id: string, body: string | FormData): Promise<ActionAnswer> {
  const release = holdPage();
  try {
    const response = await fetch(rscUrl(pageUrl, id), { method: 'POST', body, redirect: 'manual' });
    if (isSentence(response)) throw new ActionError(`${id}: ${(await response.text()).trim()}`);
    const changesCookies = response.headers.get('duramen-cookies') === 'changed';
    return { status: response.status, bytes: await streamOf(response), changesCookies };
  } catch (error) {
    if (error instanceof NoPageError || error instanceof ActionError) throw error;
    throw new OutcomeUnknownError(`${id}: the server cannot be reached, or was lost before it answered`, {
      cause: error,
    });
  } finally {
    release(); // also before the answer leads elsewhere
  }
}

/** Settles as `answer` tells the caller that it is given. An action that failed says why, as over the socket. */
export async function settled(answer: (caller: Caller) => void): Promise<unknown> {
  try {
    return await new Promise((resolve, reject) => answer({ resolve, reject }));
  } catch (error) {
    // React's own message is left out of production builds; the server's is the digest.
    if (error instanceof Error && 'digest' in error && typeof error.digest === 'string' && error.digest !== '')
      throw new ActionError(error.digest, { field: fieldOf(error) });
    throw error;
  }
}

function fieldOf(error: Error): string {
  return 'field' in error && typeof error.field === 'string' ? error.field : '';
}

/** A request that the server itself refused, such as one that is too large, and says why. */
function isSentence(response: Response): boolean {
  return response.status >= 400 && response.headers.get('content-type')?.startsWith('text/plain') === true;
}

/** Where the browser knows that it has no network, a call waits for one. */
async function online(args: readonly unknown[]): Promise<void> {
  if (navigator.onLine) return;
  const release = holdPage();
  forms.waits(args, true);
  await new Promise((resolve) => window.addEventListener('online', resolve, { once: true }));
  forms.waits(args, false);
  release();
}

/** The page at `url`. */
export async function fetchPage(url: string): Promise<Answer> {
  const response = await reach(rscUrl(url));
  return { status: response.status, bytes: await streamOf(response) };
}

/** The page at `url`, as it comes. */
async function fetchRows(url: string): Promise<RowStream> {
  const rows = new RowStream();
  void pour(bodyOf(await reach(rscUrl(url))), rows);
  return rows;
}

async function pour(response: Response, rows: RowStream): Promise<void> {
  try {
    const reader = response.body?.getReader();
    for (let read = await reader?.read(); read?.value; read = await reader?.read()) rows.push(read.value);
    rows.end();
  } catch (error) {
    rows.fail(error);
  }
}

function rscUrl(pageUrl: string, actionId?: string): URL {
  const url = new URL(pageUrl);
  url.searchParams.set('__rsc', '');
  if (actionId !== undefined) url.searchParams.set('__rsc_action_id', actionId);
  return url;
}

async function streamOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await bodyOf(response).arrayBuffer());
}

/** The response, which holds rows. */
function bodyOf(response: Response): Response {
  const isStream = response.headers.get('content-type')?.startsWith('text/x-component') === true;
  if (!isStream || response.type === 'opaqueredirect') void response.body?.cancel(); // it may be long
  if (response.type === 'opaqueredirect') throw new NoPageError('the answer is a redirect');
  if (!isStream)
    throw new NoPageError(response.ok ? 'the answer is no page' : `the server answered ${response.status}`);
  return response;
}
