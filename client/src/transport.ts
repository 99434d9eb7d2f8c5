// How a page reaches its server: over the realtime socket, or by one request each (fetch).

import type { CallServer } from './flight.ts';

export interface Transport {
  /** For the server references of the document's own page. */
  readonly callServer: CallServer;
  /**
   * Brings the page at `url`; until it is there, the present one stays current. Calls `enter` in the commit that shows
   * it, and resolves after that; resolves without it when another navigation came. Rejects with UnreachableError, or
   * with what says that no page of this app is there.
   */
  navigate(url: string, enter: () => void): Promise<void>;
  /** Gives up the navigation that is under way. False: its page is there, and will be shown. */
  stay(): boolean;
  /** The browser puts the page aside, and may come back to it. */
  rest(): void;
  /** It has come back: resolves when a page is on the screen that the server has just given. */
  resume(): Promise<void>;
}

/** No server, or none that has time. Asked again, it may answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** A URL as servers want it: whole, without the fragment, which is the browser's own. */
export function withoutFragment(url: string): string {
  return url.split('#', 1)[0] ?? url;
}

export function clientUrl(location: Location): string {
  return withoutFragment(location.href);
}
