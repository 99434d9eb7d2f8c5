// An action's answer may send the browser elsewhere, in RedwoodSDK's form: {__rw_action_response: {status, headers}}.

import { clientUrl, withoutFragment } from './transport.ts';

// No browser says that a document which it asked for became a file. A page that is left is gone by then.
const leavingMs = 10_000;

/** Where an action's result leads; undefined if it is a result. */
export function redirectOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null || !('__rw_action_response' in result)) return undefined;
  const response = result.__rw_action_response;
  if (typeof response !== 'object' || response === null || !('status' in response) || !('headers' in response))
    return undefined;
  const { status, headers } = response;
  if (typeof status !== 'number' || status < 300 || status > 399) return undefined;
  if (typeof headers !== 'object' || headers === null || !('location' in headers)) return undefined;
  return typeof headers.location === 'string' && isWebAddress(headers.location) ? headers.location : undefined;
}

/** A result may hold what somebody wrote: a "javascript:" in it must not run here. */
function isWebAddress(location: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(location, window.location.href).protocol);
  } catch {
    return false;
  }
}

/** Whether the browser stays on the page that it shows. */
export function isWithinPage(location: string): boolean {
  const url = new URL(location, window.location.href);
  return withoutFragment(url.href) === clientUrl(window.location) && url.href.includes('#');
}

/**
 * Leaves the page: who the person is may have changed, and with that everything that the page shows. Calls `stayed` if
 * the page stays all the same: the place is within it, or what is there is a file that the browser saves.
 */
export function follow(location: string, stayed: () => void): void {
  if (!isWithinPage(location)) setTimeout(stayed, leavingMs);
  else stayed();
  window.location.assign(new URL(location, window.location.href));
}
