// How a page reaches its server: over the realtime socket, or by one request each (fetch).

import type { CallServer } from './flight.ts';

export interface Transport {
  /** For the server references of the document's own page. */
  readonly callServer: CallServer;
  /** The location has changed by a client navigation. Resolves when the page that it names is on the screen. */
  navigate(): Promise<void>;
}

/** The location as servers want it: whole, without the fragment, which is the browser's own. */
export function clientUrl(location: Location): string {
  return location.href.split('#', 1)[0] ?? location.href;
}
