// An action's answer may send the browser elsewhere, in RedwoodSDK's form: {__rw_action_response: {status, headers}}.

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

/** Leaves the page: who the person is may have changed, and with that everything that the page shows. */
export function follow(location: string): void {
  window.location.assign(new URL(location, window.location.href));
}
