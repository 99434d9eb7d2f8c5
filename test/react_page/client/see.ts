import { useLayoutEffect } from 'react';

declare global {
  interface Window {
    seen: string[];
  }
}

/** What a commit showed, for the test: some last too short a time to be looked at. */
export function useSeen(line: string): void {
  useLayoutEffect(() => void (window.seen ??= []).push(line), [line]);
}
