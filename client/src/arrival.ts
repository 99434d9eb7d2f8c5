// What a browser does when it loads a document, done for a page that is shown in the same one: a screen reader hears
// its title, and Tab begins at its start.
//
// The title is announced, as Next.js, SvelteKit and Astro do it, and focus is not sent to a heading: a page need not have
// one, and a ring around it would show to all who use the keyboard. What has focus and is still there keeps it, so that
// one may walk through a menu by its keys.

/** Tells screen readers of new pages. REQUIRES: one in a document. */
export class Announcer {
  readonly #region = document.createElement('div');

  constructor() {
    this.#region.setAttribute('role', 'status');
    this.#region.setAttribute('aria-live', 'assertive');
    this.#region.dataset['duramenAnnouncer'] = '';
    // Heard and not seen: what is not displayed is not read either.
    Object.assign(this.#region.style, {
      position: 'absolute',
      width: '1px',
      height: '1px',
      margin: '-1px',
      overflow: 'hidden',
      clipPath: 'inset(50%)',
      whiteSpace: 'nowrap',
    });
    document.body.append(this.#region);
  }

  announcePage(root: Element): void {
    const heading = root.querySelector('h1')?.textContent ?? '';
    // A text node of its own: a page of the same title is another page.
    this.#region.replaceChildren(document.createTextNode(document.title || heading || window.location.pathname));
  }
}

/** Tab goes on from `target`, or from the start of a page that has taken the focused element away. */
export function focusArrived(root: HTMLElement, target: Element | null): void {
  const focused = document.activeElement;
  if (target instanceof HTMLElement) return startAt(target);
  if (focused === null || focused === document.body) startAt(root);
}

/** Focused, and then not focusable any more: Tab goes on from here, and no ring is shown. */
function startAt(element: HTMLElement): void {
  const before = element.getAttribute('tabindex');
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
  if (before === null) element.removeAttribute('tabindex');
  else element.setAttribute('tabindex', before);
}
