// duramen: what a page's own entry script may call. Components import from duramen/client.

import { FetchTransport } from './fetch_transport.ts';
import { startPage } from './page.ts';

export { ActionError, OutcomeUnknownError } from './connection.ts';
export { NoPageError } from './no_page_error.ts';
export { initRealtimeClient, type HandleResponse, type RealtimeKey, type RealtimeOptions } from './realtime/client.ts';

/** Takes the document's page over without a realtime connection: pages and actions are one request each. */
export function initClient(): Promise<void> {
  return startPage(({ link }) => new FetchTransport(link));
}
