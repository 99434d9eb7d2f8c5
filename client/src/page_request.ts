// One request for a page. A server that is away, or that has no time, is not one that has no page.

import { retryAfterMs } from './retry_after.ts';
import { UnreachableError } from './transport.ts';

// From a proxy whose server is away, and from a server that is too busy.
const noTimeNow: readonly number[] = [429, 502, 503, 504];
const answerMs = 15_000;
// A server that says when it has time is asked again then, unless a person would not wait for that.
const longestWaitMs = 10_000;
const leastWaitMs = 500;

/** The answer, whatever it holds. Rejects with UnreachableError. */
export async function reach(url: URL): Promise<Response> {
  for (let waited = 0; ; ) {
    const response = await ask(url);
    const isRows = response.headers.get('content-type')?.startsWith('text/x-component') === true;
    if (isRows || !noTimeNow.includes(response.status)) return response;
    void response.body?.cancel();
    const wait = Math.max(retryAfterMs(response, Date.now()) ?? Infinity, leastWaitMs);
    waited += wait;
    if (waited > longestWaitMs) throw new UnreachableError(`${url.pathname}: the server answered ${response.status}`);
    await new Promise((go) => setTimeout(go, wait));
  }
}

async function ask(url: URL): Promise<Response> {
  const given = new AbortController();
  const late = setTimeout(() => given.abort(), answerMs);
  try {
    // Nothing is kept under the page's address: back would show rows in the place of a document.
    return await fetch(url, { redirect: 'manual', cache: 'no-store', signal: given.signal });
  } catch (error) {
    throw new UnreachableError(`${url.pathname}: the server cannot be reached`, { cause: error });
  } finally {
    clearTimeout(late);
  }
}
