// A page that the browser keeps for its back button (bfcache) is shown again as it was, whatever happened since: a
// logout, too. Where pages may be private it is hidden before it is kept, and shown when the server has answered again.

import type { Transport } from './transport.ts';

export function hideKeptPage(container: HTMLElement, transport: Pick<Transport, 'rest' | 'resume'>): void {
  if (!document.querySelector('meta[name="duramen-session"]')) return; // this app has no sessions
  let place: readonly [number, number] | undefined;
  let times = 0;
  const show = (): void => {
    if (!place) return;
    container.style.removeProperty('display');
    window.scrollTo(...place);
    place = undefined;
  };
  window.addEventListener('pagehide', () => {
    times++;
    place ??= [window.scrollX, window.scrollY];
    container.style.setProperty('display', 'none', 'important');
    transport.rest();
  });
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) void resume(times);
  });

  async function resume(time: number): Promise<void> {
    while (time === times) {
      try {
        await transport.resume();
        if (time === times) show();
        return;
      } catch {
        await new Promise((waited) => setTimeout(waited, 1_000)); // a page that cannot be shown
      }
    }
  }
}
