// Whether a page is on its way, for a page to show: a component asks useNavigation(), a style sheet asks
// html[data-duramen-navigation="pending"] and a[data-pending].

export type NavigationState =
  | { readonly status: 'idle' }
  | { readonly status: 'pending'; readonly url: string }
  /** The page could not be had: the one before is still shown, at its own address. */
  | { readonly status: 'failed'; readonly url: string; readonly retry: () => void };

const idle: NavigationState = { status: 'idle' };

export class NavigationStore {
  #state: NavigationState = idle;
  #link: Element | undefined;
  readonly #listeners = new Set<() => void>();

  readonly get = (): NavigationState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  pending(url: string, link: Element | undefined): void {
    this.#unmark();
    this.#link = link;
    link?.setAttribute('data-pending', '');
    link?.setAttribute('aria-busy', 'true');
    this.#set({ status: 'pending', url });
  }

  failed(url: string, retry: () => void): void {
    const link = this.#link;
    this.#unmark();
    this.#link = link;
    link?.setAttribute('data-failed', '');
    this.#set({ status: 'failed', url, retry });
  }

  idle(): void {
    this.#unmark();
    this.#set(idle);
  }

  #unmark(): void {
    for (const name of ['data-pending', 'data-failed', 'aria-busy']) this.#link?.removeAttribute(name);
    this.#link = undefined;
  }

  #set(state: NavigationState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** Shows the state on `element` from now on. */
export function showNavigationOn(element: HTMLElement, store: NavigationStore): void {
  const show = (): void => {
    element.dataset['duramenNavigation'] = store.get().status;
  };
  show();
  store.subscribe(show);
}

/**
 * A line at the window's edge while a navigation has failed, with a way to try again. An app that shows that itself
 * hides this one: [data-duramen-notice] { display: none }.
 */
export function showFailuresIn(body: HTMLElement, store: NavigationStore): void {
  const notice = document.createElement('div');
  notice.setAttribute('role', 'alert');
  body.append(notice);
  store.subscribe(() => {
    const state = store.get();
    notice.replaceChildren();
    if (state.status === 'failed') notice.append(failure(state.retry, () => store.idle()));
  });
}

function failure(retry: () => void, close: () => void): HTMLElement {
  const line = document.createElement('div');
  line.dataset['duramenNotice'] = '';
  Object.assign(line.style, {
    position: 'fixed',
    insetInline: '0',
    insetBlockEnd: '0',
    padding: '0.75em 1em',
    background: 'Canvas',
    color: 'CanvasText',
    borderBlockStart: '1px solid',
    zIndex: '2147483647',
  });
  line.append('The page could not be reached. ', button('Try again', retry), ' ', button('Close', close));
  return line;
}

function button(text: string, onClick: () => void): HTMLElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', onClick);
  return made;
}
