// What a page's components may ask of the page that they are on.

import { createContext, useContext, useSyncExternalStore } from 'react';
import type { NavigationState } from './navigation_state.ts';
import type { ConnectionStatus } from './status.ts';

export interface PageTools {
  readonly status: {
    readonly get: () => ConnectionStatus;
    readonly subscribe: (listener: () => void) => () => void;
  };
  /** Goes to a URL of this origin without a new document. */
  readonly navigate: (url: string, options?: { readonly replace?: boolean }) => void;
  readonly navigation: {
    readonly get: () => NavigationState;
    readonly subscribe: (listener: () => void) => () => void;
  };
}

const idle: NavigationState = { status: 'idle' };

/** Outside of a Duramen page (a component's own test) nothing is connected, and navigation loads a document. */
export const PageContext = createContext<PageTools>({
  status: { get: () => 'connecting', subscribe: () => () => {} },
  navigate: (url) => window.location.assign(url),
  navigation: { get: () => idle, subscribe: () => () => {} },
});

export function useNavigate(): PageTools['navigate'] {
  return useContext(PageContext).navigate;
}

/** Whether a page is on its way, or could not be had. */
export function useNavigation(): NavigationState {
  const { navigation } = useContext(PageContext);
  return useSyncExternalStore(navigation.subscribe, navigation.get, () => idle);
}
