// The history entries of this document: each has a name and a number, so that one knows how far apart two are.

export interface HistoryEntry {
  readonly name: string;
  readonly at: number;
}

export class HistoryEntries {
  #present: HistoryEntry;

  constructor() {
    this.#present = entryOf(history.state) ?? fresh(0);
    if (!entryOf(history.state)) write(this.#present);
  }

  get present(): HistoryEntry {
    return this.#present;
  }

  push(url: URL): void {
    this.#present = fresh(this.#present.at + 1);
    history.pushState(stateOf(this.#present), '', url);
  }

  replace(url: URL): void {
    this.#present = fresh(this.#present.at);
    write(this.#present, url);
  }

  /** The browser has gone to another entry, or has made one, as it does for a link within the page. */
  moved(): void {
    const known = entryOf(history.state);
    this.#present = known ?? fresh(this.#present.at + 1);
    if (!known) write(this.#present);
  }
}

function fresh(at: number): HistoryEntry {
  return { name: `${Date.now()}.${Math.random()}`, at };
}

function stateOf(entry: HistoryEntry): object {
  return { duramen: entry.name, duramenAt: entry.at };
}

/** What else an app keeps in the entry stays. */
function write(entry: HistoryEntry, url?: URL): void {
  const state: unknown = history.state;
  const kept = typeof state === 'object' && state !== null && url === undefined ? state : {};
  history.replaceState({ ...kept, ...stateOf(entry) }, '', url);
}

function entryOf(state: unknown): HistoryEntry | undefined {
  if (typeof state !== 'object' || state === null || !('duramen' in state) || !('duramenAt' in state)) return undefined;
  const { duramen: name, duramenAt: at } = state;
  return typeof name === 'string' && typeof at === 'number' ? { name, at } : undefined;
}
