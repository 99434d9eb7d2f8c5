// Client navigation: a click on a link of this origin, or back and forward, shows another page in the same document.
// The old page stays until the new one and its modules are there. Each history entry keeps its scroll position.

import type { Transport } from './transport.ts';

export interface Navigation {
  /** Goes to a URL of this origin. */
  go(url: string, options?: { readonly replace?: boolean }): void;
}

interface Position {
  readonly x: number;
  readonly y: number;
}

const storageKey = 'duramen.scroll';
const mostEntries = 200;

export function startNavigation(transport: Transport): Navigation {
  const scroll = new ScrollMemory();
  let present = 0;
  let place = placeOf(window.location);

  /** Shows the page of the present location, and then `arrive`s at the right place of it. */
  async function show(arrive: () => void): Promise<void> {
    const navigation = ++present;
    place = placeOf(window.location);
    try {
      await transport.navigate();
      if (navigation === present) arrive();
    } catch {
      // What answered is no page of ours: the browser loads it as a document.
      if (navigation === present) window.location.reload();
    }
  }

  const go: Navigation['go'] = (href, options) => {
    const url = new URL(href, window.location.href);
    if (url.origin !== window.location.origin) return window.location.assign(url);
    scroll.remember();
    scroll.enter(url, options?.replace === true);
    void show(() => scroll.arrive(() => scrollToStart(url.hash)));
  };

  window.addEventListener('popstate', () => {
    scroll.returned();
    // Only the fragment differs: the browser itself has gone there, unless it was here before.
    if (placeOf(window.location) === place) return scroll.arrive(() => scroll.restoreKnown());
    void show(() => scroll.arrive(() => scroll.restore()));
  });
  document.addEventListener('click', (event) => {
    const url = linkOf(event);
    if (!url) return;
    event.preventDefault();
    go(url.href, { replace: url.href === window.location.href });
  });
  return { go };
}

/** Where the click leads, if it is ours to follow: a plain click on a link of this origin and in this window. */
function linkOf(event: MouseEvent): URL | undefined {
  if (event.defaultPrevented || event.button !== 0) return undefined;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.hasAttribute('download')) return undefined;
  if (link.target !== '' && link.target !== '_self') return undefined;
  const url = new URL(link.href);
  if (url.origin !== window.location.origin) return undefined;
  return placeOf(url) === placeOf(window.location) && url.hash !== '' ? undefined : url;
}

/** What a page is shown for; the fragment is a place within it. */
function placeOf({ pathname, search }: { readonly pathname: string; readonly search: string }): string {
  return pathname + search;
}

function scrollToStart(hash: string): void {
  const target = hash === '' ? null : document.getElementById(decodeURIComponent(hash.slice(1)));
  if (target) target.scrollIntoView();
  else window.scrollTo(0, 0);
}

/** Scroll positions by history entry. They outlive a reload of the document. */
class ScrollMemory {
  readonly #positions = new Map<string, Position>(readPositions());
  #entry = entryOf(history.state) ?? '';
  #isUnderWay = false; // what is on the screen is still the page of another entry

  constructor() {
    history.scrollRestoration = 'manual';
    if (this.#entry === '') history.replaceState(this.#named(), '');
    else this.restore();
    this.remember();
    window.addEventListener('pagehide', () => {
      this.remember();
      const newest = [...this.#positions].slice(-mostEntries);
      sessionStorage.setItem(storageKey, JSON.stringify(newest));
    });
    let frame = 0;
    window.addEventListener(
      'scroll',
      () => {
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          this.remember();
        });
      },
      { passive: true },
    );
  }

  remember(): void {
    if (!this.#isUnderWay) this.#positions.set(this.#entry, { x: window.scrollX, y: window.scrollY });
  }

  enter(url: URL, replace: boolean): void {
    this.#isUnderWay = true;
    if (replace) history.replaceState(this.#named(), '', url);
    else history.pushState(this.#named(), '', url);
  }

  /** Back or forward: another entry is the present one. */
  returned(): void {
    this.#isUnderWay = true;
    this.#entry = entryOf(history.state) ?? '';
    if (this.#entry === '') history.replaceState(this.#named(), '');
  }

  /** The entry's page is on the screen. */
  arrive(scroll: () => void): void {
    scroll();
    this.#isUnderWay = false;
    this.remember();
  }

  restore(): void {
    const { x, y } = this.#positions.get(this.#entry) ?? { x: 0, y: 0 };
    window.scrollTo(x, y);
  }

  restoreKnown(): void {
    if (this.#positions.has(this.#entry)) this.restore();
  }

  #named(): { duramen: string } {
    this.#entry = `${Date.now()}.${Math.random()}`;
    return { duramen: this.#entry };
  }
}

function entryOf(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('duramen' in state)) return undefined;
  return typeof state.duramen === 'string' ? state.duramen : undefined;
}

function readPositions(): [string, Position][] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isEntry) : [];
  } catch {
    return []; // storage that is full of something else, or forbidden
  }
}

function isEntry(value: unknown): value is [string, Position] {
  if (!Array.isArray(value)) return false;
  const [name, position]: unknown[] = value;
  return (
    typeof name === 'string' && typeof position === 'object' && position !== null && 'x' in position && 'y' in position
  );
}
