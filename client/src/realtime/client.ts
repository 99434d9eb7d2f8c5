// duramen/realtime/client: the same call as RedwoodSDK's.

import { startPage } from '../page.ts';
import { Realtime, type HandleResponse, type RealtimeKey } from '../realtime.ts';

export type { HandleResponse, RealtimeKey };

export interface RealtimeOptions {
  /** Names the group of clients that hear of each other's changes. A function is asked for each page that is gone to. */
  readonly key?: RealtimeKey;
  /** Sees each response first, also those of another status than 2xx, and returns false to keep it from being shown. */
  readonly handleResponse?: HandleResponse;
}

/** Takes the document's page over and keeps it current. Resolves when the page takes input. */
export function initRealtimeClient(options: RealtimeOptions = {}): Promise<void> {
  const { key = 'default', handleResponse } = options;
  return startPage((parts) => new Realtime({ ...parts, key, handleResponse }));
}
