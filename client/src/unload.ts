// Asks before the page is left while something would be lost with it.

let holds = 0;
const ask = (event: Event): void => event.preventDefault();

/** From now on the browser asks before the page is left, until all that held it have released it. */
export function holdPage(): () => void {
  if (holds++ === 0) globalThis.addEventListener?.('beforeunload', ask);
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    if (--holds === 0) globalThis.removeEventListener?.('beforeunload', ask);
  };
}
