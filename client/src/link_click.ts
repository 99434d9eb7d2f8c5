// Which clicks lead to another page of this app; all others are the browser's.

export interface Followed {
  readonly link: HTMLAnchorElement;
  readonly url: URL;
}

/** Where the click leads, if it is ours to follow: a plain click on a link of this origin and in this window. */
export function followedBy(event: MouseEvent): Followed | undefined {
  if (event.defaultPrevented || event.button !== 0) return undefined;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || isForTheBrowser(link)) return undefined;
  const url = parsed(link.href);
  // A blob: has the origin of its page.
  if (url?.origin !== window.location.origin || url.protocol !== window.location.protocol) return undefined;
  const isWithinPage = placeOf(url) === placeOf(window.location) && url.href.includes('#');
  return isWithinPage ? undefined : { link, url };
}

function isForTheBrowser(link: HTMLAnchorElement): boolean {
  if (link.hasAttribute('download') || link.relList.contains('external') || link.isContentEditable) return true;
  return link.target !== '' && link.target.toLowerCase() !== '_self';
}

function parsed(href: string): URL | undefined {
  try {
    return new URL(href);
  } catch {
    return undefined;
  }
}

/** What a page is shown for; the fragment is a place within it. */
export function placeOf({ pathname, search }: { readonly pathname: string; readonly search: string }): string {
  return pathname + search;
}
