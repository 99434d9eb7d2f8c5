// Whether the page is connected, for a page to show: a component asks useConnectionStatus(), a style sheet asks
// html[data-duramen-connection="offline"].

import { useContext, useSyncExternalStore } from 'react';
import { PageContext } from './page_context.ts';

/**
 * `connecting`: at the start, and while a lost connection is tried again at once. `offline`: that failed. `full`: the
 * server is there and has too many readers to take this one, which is tried again when the server said. `retrying`: the
 * server is there and cannot tell just now who this is. What the page shows stays, actions are refused, and it tries
 * again.
 */
export type ConnectionStatus = 'connecting' | 'online' | 'offline' | 'full' | 'retrying';

export class StatusStore {
  #status: ConnectionStatus = 'connecting';
  readonly #listeners = new Set<() => void>();

  readonly get = (): ConnectionStatus => this.#status;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#listeners) listener();
  }
}

/** Shows the status on `element` from now on. */
export function showStatusOn(element: HTMLElement, store: StatusStore): void {
  const show = (): void => {
    element.dataset['duramenConnection'] = store.get();
  };
  show();
  store.subscribe(show);
}

export function useConnectionStatus(): ConnectionStatus {
  const { status } = useContext(PageContext);
  return useSyncExternalStore(status.subscribe, status.get, status.get);
}
