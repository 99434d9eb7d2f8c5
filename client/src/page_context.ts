// What a page's components may ask of the page that they are on.

import { createContext, useContext } from 'react';
import type { ConnectionStatus } from './status.ts';

export interface PageTools {
  readonly status: {
    readonly get: () => ConnectionStatus;
    readonly subscribe: (listener: () => void) => () => void;
  };
  /** Goes to a URL of this origin without a new document. */
  readonly navigate: (url: string, options?: { readonly replace?: boolean }) => void;
}

/** Outside of a Duramen page (a component's own test) nothing is connected, and navigation loads a document. */
export const PageContext = createContext<PageTools>({
  status: { get: () => 'connecting', subscribe: () => () => {} },
  navigate: (url) => window.location.assign(url),
});

export function useNavigate(): PageTools['navigate'] {
  return useContext(PageContext).navigate;
}
