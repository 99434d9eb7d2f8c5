// Where the window and the scroll containers of the page stood, by history entry. It outlives a reload of the document.
//
// A container is known by its id, or by its way from the nearest element that has one. Those within navigation, aside,
// header and footer stand beside the page, and keep their place when another page is shown.

interface Position {
  readonly x: number;
  readonly y: number;
}

interface Inner extends Position {
  readonly path: string;
}

interface Positions extends Position {
  readonly inner: readonly Inner[];
}

const storageKey = 'duramen.scroll';
const mostEntries = 200;
const mostInner = 20; // of one entry
const besidePage = 'nav, aside, header, footer, [role=navigation], [role=complementary], [data-duramen-scroll=keep]';

export class ScrollMemory {
  readonly #root: Element;
  readonly #entries = new Map<string, Positions>(stored());
  readonly #scrolled = new Set<Element>();
  #entry: string;

  /** `entry` is what is on the screen; what is remembered of it is restored. */
  constructor(root: Element, entry: string) {
    this.#root = root;
    this.#entry = entry;
    history.scrollRestoration = 'manual';
    // What was scrolled before this script ran told nobody.
    for (const element of root.querySelectorAll('*')) this.#note(element);
    this.restoreKnown();
    this.remember();
    const onScroll = ({ target }: Event): void => {
      if (target instanceof Element) this.#note(target);
      this.remember();
    };
    document.addEventListener('scroll', onScroll, { passive: true, capture: true });
    window.addEventListener('pagehide', () => {
      this.remember();
      store([...this.#entries].slice(-mostEntries));
    });
  }

  remember(): void {
    const inner: Inner[] = [];
    for (const element of this.#present()) {
      const { scrollLeft: x, scrollTop: y } = element;
      if (x !== 0 || y !== 0) inner.push({ path: pathOf(element, this.#root), x, y });
    }
    this.#entries.delete(this.#entry); // the newest is last
    this.#entries.set(this.#entry, { x: window.scrollX, y: window.scrollY, inner: inner.slice(0, mostInner) });
  }

  /** From now on what is on the screen is this entry's page. */
  enter(entry: string): void {
    this.#entry = entry;
  }

  /** A new page opens at its top, or at `target`. */
  start(target: Element | null): void {
    this.#toTop();
    if (target) target.scrollIntoView({ behavior: 'instant' });
    this.remember();
  }

  /** A page that was there before is where it was. */
  restore(): void {
    const positions = this.#entries.get(this.#entry);
    this.#toTop();
    if (positions) this.#put(positions);
    this.remember();
  }

  /** As `restore`, but an entry of which nothing is known stays where it is. */
  restoreKnown(): void {
    if (this.#entries.has(this.#entry)) this.restore();
  }

  #toTop(): void {
    window.scrollTo({ left: 0, top: 0, behavior: 'instant' });
    for (const element of this.#present()) element.scrollTo?.({ left: 0, top: 0, behavior: 'instant' });
  }

  #put({ x, y, inner }: Positions): void {
    for (const position of inner) {
      const element = elementAt(position.path, this.#root);
      if (!element || element.closest(besidePage)) continue;
      this.#scrolled.add(element);
      element.scrollTo?.({ left: position.x, top: position.y, behavior: 'instant' });
    }
    window.scrollTo({ left: x, top: y, behavior: 'instant' });
  }

  #note(element: Element): void {
    const isScrolled = element.scrollTop !== 0 || element.scrollLeft !== 0;
    if (isScrolled && this.#root.contains(element) && !element.closest(besidePage)) this.#scrolled.add(element);
  }

  /** The containers that are still on the page. */
  #present(): Set<Element> {
    for (const element of this.#scrolled) if (!element.isConnected) this.#scrolled.delete(element);
    return this.#scrolled;
  }
}

/** "#id", or the way from an element with one, or from the root: "#id/2/0". */
function pathOf(element: Element, root: Element): string {
  if (element.id !== '') return `#${element.id}`;
  const parent = element.parentElement;
  if (element === root || !parent) return '';
  return `${pathOf(parent, root)}/${[...parent.children].indexOf(element)}`;
}

function elementAt(path: string, root: Element): Element | undefined {
  const end = path.startsWith('#') ? lastWithId(path) : 0;
  const id = path.slice(1, end);
  let element: Element | null | undefined = end > 0 ? document.getElementById(id) : root;
  for (const index of path.slice(end).split('/').slice(1)) element = element?.children[Number(index)];
  return element && root.contains(element) ? element : undefined;
}

/** Where the id ends: an id may hold slashes, the way behind it is numbers. */
function lastWithId(path: string): number {
  return path.length - (/(?:\/\d+)*$/.exec(path)?.[0].length ?? 0);
}

function store(entries: [string, Positions][]): void {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(entries));
  } catch {
    // It is full, or forbidden: a reload begins at the top.
  }
}

function stored(): [string, Positions][] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(value) ? value.filter(isEntry) : [];
  } catch {
    return []; // storage that is full of something else, or forbidden
  }
}

function isEntry(value: unknown): value is [string, Positions] {
  if (!Array.isArray(value)) return false;
  const [name, positions]: unknown[] = value;
  return typeof name === 'string' && isPosition(positions) && 'inner' in positions && isInner(positions.inner);
}

function isInner(value: unknown): value is Inner[] {
  const isOne = (one: unknown): boolean => isPosition(one) && 'path' in one && typeof one.path === 'string';
  return Array.isArray(value) && value.every(isOne);
}

function isPosition(value: unknown): value is Position {
  if (typeof value !== 'object' || value === null || !('x' in value) || !('y' in value)) return false;
  return typeof value.x === 'number' && typeof value.y === 'number';
}
