// Takes the document's page over: hydrates it and keeps it current by a transport.

import { createElement } from 'react';
import { hydrateRoot } from 'react-dom/client';
import * as client from './client.ts';
import { documentPayload } from './document_payload.ts';
import { forms } from './forms.ts';
import { hideKeptPage } from './kept_page.ts';
import { Link, type Schedule } from './link.ts';
import { ModuleGoneError, modules } from './module_loader.ts';
import { startNavigation } from './navigation.ts';
import type { PageTools } from './page_context.ts';
import { Root } from './root.tsx';
import { StatusStore, showStatusOn } from './status.ts';
import type { Transport } from './transport.ts';
import { keepTyped } from './typed_before_hydration.ts';

export interface PageParts {
  readonly link: Link;
  readonly status: StatusStore;
  readonly failed: (error: unknown) => void;
}

// A hidden page paints nothing, and one behind another window may not either: a timer goes on.
const unpaintedMs = 100;

/** Resolves when the page has been taken over and what was typed before is back in its fields. */
export async function startPage(connect: (parts: PageParts) => Transport): Promise<void> {
  const container = document.getElementById('hydrate-root');
  const payload = documentPayload();
  if (!container || !payload) throw new Error('the document holds no page: #hydrate-root and __FLIGHT_DATA are needed');

  const failed = (error: unknown): void => {
    if (!(error instanceof ModuleGoneError) || !reloadsFor(error.message)) reportError(error);
  };
  const status = new StatusStore();
  const link = new Link(beforePaint, failed);
  const transport = connect({ link, status, failed });
  showStatusOn(document.documentElement, status);
  forms.listen();
  modules.provide('duramen/client', client); // whose components pages of C++ name
  hideKeptPage(container, transport);
  await link.open(payload, transport.callServer);

  const navigation = startNavigation(transport, container);
  const tools: PageTools = { status, navigate: navigation.go, navigation: navigation.state };
  const giveTypedBack = keepTyped(container);
  await new Promise<void>((hydrated) => {
    // A microtask later the components stand in the place of their fallbacks.
    const onHydrated = (): void => queueMicrotask(() => (giveTypedBack(), hydrated()));
    hydrateRoot(container, createElement(Root, { link, tools, onHydrated }));
  });
}

/** A page of another build than the server's is loaded anew, once for each thing that is missing. */
function reloadsFor(missing: string): boolean {
  const storageKey = 'duramen.reloaded';
  if (sessionStorage.getItem(storageKey) === missing) return false;
  sessionStorage.setItem(storageKey, missing);
  window.location.reload();
  return true;
}

const beforePaint: Schedule = (task) => {
  let ran = false;
  const once = (): void => {
    if (ran) return;
    ran = true;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    task();
  };
  const timer = setTimeout(once, unpaintedMs);
  const frame = requestAnimationFrame(once);
};
