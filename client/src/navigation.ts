// Client navigation: a click on a link of this origin, or back and forward, shows another page in the same document.
//
// The address changes with the page: until the new one and its modules are there, the old page stays, is live and has its
// own address. Back and forward are otherwise, since the browser itself changes the address first: the old page takes no
// input until the new one is there, and if that cannot be had, the browser is sent back to the old one's entry.

import { Announcer, focusArrived } from './arrival.ts';
import { elementOfFragment } from './fragment.ts';
import { HistoryEntries, type HistoryEntry } from './history_entries.ts';
import { followedBy, placeOf } from './link_click.ts';
import { NavigationStore, showFailuresIn, showNavigationOn } from './navigation_state.ts';
import { ScrollMemory } from './scroll_memory.ts';
import { UnreachableError, withoutFragment, type Transport } from './transport.ts';

export interface NavigateOptions {
  readonly replace?: boolean;
}

export interface Navigation {
  /** Goes to a URL. */
  go(url: string, options?: NavigateOptions): void;
  readonly state: NavigationStore;
}

/** One way to another page, until it is shown, has failed, or gave way to another. */
interface Trip {
  readonly url: URL;
  readonly link?: Element;
  /** Back or forward. */
  readonly isTraversal: boolean;
  /** The address and the history, in the commit that shows the page. */
  enter(): void;
  /** What is seen of the page. */
  arrive(): void;
  retry(): void;
  /** Leaves the document for the URL. */
  load(): void;
}

// A page that takes longer is given up; the server gives up its render before.
const patienceMs = 30_000;

/** `root` holds the page. */
export function startNavigation(transport: Transport, root: HTMLElement): Navigation {
  return new Navigator(transport, root);
}

class Navigator implements Navigation {
  readonly state = new NavigationStore();
  readonly #transport: Transport;
  readonly #root: HTMLElement;
  readonly #entries = new HistoryEntries();
  readonly #scroll: ScrollMemory;
  readonly #announcer = new Announcer();
  #shownPlace = placeOf(window.location);
  #shownEntry: HistoryEntry | undefined = this.#entries.present; // undefined: the page that is shown has none
  #trip: Trip | undefined;
  #focused: Element | null | undefined; // while the page takes no input: what had the focus before

  constructor(transport: Transport, root: HTMLElement) {
    this.#transport = transport;
    this.#root = root;
    this.#scroll = new ScrollMemory(root, this.#entries.present.name);
    showNavigationOn(document.documentElement, this.state);
    showFailuresIn(document.body, this.state);
    window.addEventListener('popstate', () => this.#traversed());
    document.addEventListener('click', (event) => this.#clicked(event));
  }

  readonly go = (href: string, { replace = false }: NavigateOptions = {}): void => {
    const url = new URL(href, window.location.href);
    const isOurs = url.origin === window.location.origin && url.protocol === window.location.protocol;
    const isWithinPage = placeOf(url) === this.#shownPlace && url.href.includes('#') && !this.#trip?.isTraversal;
    if (!isOurs || isWithinPage) return load(url, replace);
    this.#go(url, replace, undefined);
  };

  #clicked(event: MouseEvent): void {
    const followed = followedBy(event);
    if (!followed) return;
    event.preventDefault();
    const { url, link } = followed;
    const isUnderWay = this.#trip?.link === link && this.#trip.url.href === url.href;
    if (!isUnderWay) this.#go(url, url.href === window.location.href, link);
  }

  #go(url: URL, replace: boolean, link: Element | undefined): void {
    const trip: Trip = {
      url,
      ...(link && { link }),
      isTraversal: false,
      enter: () => {
        // The browser has gone back or forward meanwhile, and this page could not be stopped: it has no entry.
        if (this.#trip !== trip && this.#trip?.isTraversal) return this.#entered(url, undefined);
        if (replace) this.#entries.replace(url);
        else this.#entries.push(url);
        this.#entered(url, this.#entries.present);
      },
      arrive: () => {
        const target = elementOfFragment(url.hash);
        this.#scroll.start(target);
        focusArrived(this.#root, target);
      },
      retry: () => this.#go(url, replace, link),
      load: () => load(url, replace),
    };
    void this.#travel(trip);
  }

  /** The browser has gone back or forward, or to a place within the page. */
  #traversed(): void {
    this.#entries.moved();
    const entry = this.#entries.present;
    const url = new URL(window.location.href);
    // A page that cannot be stopped any more is shown first.
    const isShown = placeOf(url) === this.#shownPlace && (!this.#trip?.isTraversal || this.#transport.stay());
    if (isShown) return this.#returned(entry);
    const trip: Trip = {
      url,
      isTraversal: true,
      enter: () => this.#entered(url, entry),
      arrive: () => {
        this.#scroll.restore();
        focusArrived(this.#root, null);
      },
      retry: () => {
        const apart = entry.at - this.#entries.present.at;
        if (apart === 0) this.#traversed();
        else history.go(apart);
      },
      load: () => window.location.reload(),
    };
    this.#freeze();
    void this.#travel(trip);
  }

  /** The address is that of the page that is shown. */
  #returned(entry: HistoryEntry): void {
    if (this.#trip?.isTraversal) this.#end(this.#trip);
    this.#shownEntry = entry;
    this.#scroll.enter(entry.name);
    this.#scroll.restoreKnown();
    this.#thaw();
  }

  #entered(url: URL, entry: HistoryEntry | undefined): void {
    this.#shownPlace = placeOf(url);
    this.#shownEntry = entry;
    this.#scroll.enter(entry?.name ?? '');
  }

  async #travel(trip: Trip): Promise<void> {
    this.#scroll.remember();
    this.#trip = trip;
    this.state.pending(trip.url.href, trip.link);
    const late = setTimeout(() => this.#failed(trip), patienceMs);
    let entered = false;
    const enter = (): void => {
      entered = true;
      trip.enter();
    };
    try {
      await this.#transport.navigate(withoutFragment(trip.url.href), enter);
      if (entered) this.#arrived(trip);
    } catch (error) {
      if (this.#trip !== trip) return;
      if (error instanceof UnreachableError) return this.#failed(trip);
      // What answered is no page of ours: the browser loads it. It may be a file to save, and then the page stays.
      this.#transport.stay();
      this.#end(trip);
      trip.load();
    } finally {
      clearTimeout(late);
    }
  }

  #arrived(trip: Trip): void {
    if (!this.#trip || this.#trip === trip) {
      this.#end(trip);
      this.#thaw();
    }
    trip.arrive();
    this.#announcer.announcePage(this.#root);
  }

  #end(trip: Trip): void {
    if (this.#trip === trip) this.#trip = undefined;
    this.state.idle();
  }

  /** Unless the page is there already, and waits for its modules only. */
  #failed(trip: Trip): void {
    if (this.#trip !== trip || !this.#transport.stay()) return;
    this.#trip = undefined;
    this.state.failed(trip.url.href, () => trip.retry());
    if (placeOf(window.location) !== this.#shownPlace) this.#goBackToShown();
  }

  /** The page that is shown gets its own address back. Where that cannot be, it takes no input. */
  #goBackToShown(): void {
    const present = this.#entries.present.at;
    const apart = (this.#shownEntry?.at ?? present) - present;
    if (apart !== 0) history.go(apart);
  }

  #freeze(): void {
    if (this.#root.hasAttribute('inert')) return;
    this.#focused = document.activeElement;
    this.#root.setAttribute('inert', '');
  }

  #thaw(): void {
    if (!this.#root.hasAttribute('inert')) return;
    this.#root.removeAttribute('inert');
    if (this.#focused instanceof HTMLElement && this.#root.contains(this.#focused))
      this.#focused.focus({ preventScroll: true });
    this.#focused = undefined;
  }
}

function load(url: URL, replace: boolean): void {
  if (replace) window.location.replace(url);
  else window.location.assign(url);
}
