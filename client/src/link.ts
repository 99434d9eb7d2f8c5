// One page, its versions, and the results of actions beside it.
//
// The version is the order of arrival. A page is shown in a transition, so that React may render it in slices. But
// React holds every transition back while any async action is pending; then the page is either what that action waits
// for, and settling the action shows page, result and the end of `pending` in one commit; or it is somebody else's
// push, and is shown at once. React does not say that it holds a page back: the root's body ran, but its state hook did
// not return.

import { startTransition, useInsertionEffect, useLayoutEffect, useState, type ReactNode } from 'react';
import { decode, type CallServer, type Payload, type Rows } from './flight.ts';
import { follow, isWithinPage, redirectOf } from './redirect.ts';

export interface Page {
  readonly version: number;
  readonly node: ReactNode;
  readonly place: Place | undefined;
}

/** An address. `enter` is called in the commit that shows the first page of it. */
export interface Place {
  enter(): void;
}

/** An action whose answer is awaited. */
export interface Caller {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface Result {
  readonly at: number;
  settle: (() => void) | undefined;
}

interface Push {
  readonly version: number;
  readonly rows: Rows;
  readonly callServer: CallServer;
  readonly place: Place | undefined;
}

interface Waiting {
  readonly version: number;
  readonly shown: () => void;
  readonly failed: (error: unknown) => void;
}

/** Runs `task` before the next paint; soon, where nothing is painted. */
export type Schedule = (task: () => void) => void;

// How long an action that has its result may take to end, before the page that came with it is shown without that.
const settlingMs = 50;
const slowestProbeMs = 50;

export class Link {
  readonly #schedule: Schedule;
  readonly #failed: (error: unknown) => void;
  #arrivals = 0;
  #push: Push | undefined;
  #newest: Page | undefined;
  #first: Page | undefined;
  #setPage: ((page: Page) => void) | undefined;
  #shown = -1;
  #place: Place | undefined; // of what arrives now
  #shownPlace: Place | undefined;
  #rendersBegun = 0;
  #rendersPassed = 0;
  readonly #results: Result[] = [];
  readonly #waiting = new Set<Waiting>();

  /** `failed` hears of pages that nobody waits for and that could not be decoded, or whose modules cannot be had. */
  constructor(schedule: Schedule, failed: (error: unknown) => void) {
    this.#schedule = schedule;
    this.#failed = failed;
  }

  /** The version of a page that arrives now. */
  nextVersion(): number {
    return ++this.#arrivals;
  }

  /** The page that the document holds. Resolves when its modules are there. */
  async open(rows: Rows, callServer: CallServer): Promise<void> {
    const payload = await new Promise<Payload>((done, failed) => decode(rows, callServer, done, failed));
    this.#first = { version: 0, node: payload.node, place: undefined };
  }

  /** What arrives from now on is of another place than what came before. */
  enter(place: Place): void {
    this.#place = place;
  }

  /** A page that the server pushed. Of those that come within one frame only the newest is decoded. */
  push(version: number, rows: Rows, callServer: CallServer): void {
    if (version <= this.newestVersion) return;
    const scheduled = this.#push !== undefined;
    this.#push = { version, rows, callServer, place: this.#place };
    if (!scheduled) this.#schedule(() => this.#decodePush());
  }

  /** An action's answer: its page, and what the caller gets. They show in one commit. */
  answer(version: number, bytes: Uint8Array, callServer: CallServer, caller: Caller): void {
    const result: Result = { at: version, settle: undefined };
    const place = this.#place;
    this.#results.push(result); // before it is decoded: a development build of React decodes later
    decode(
      bytes,
      callServer,
      ({ node, actionResult }) => {
        const show = (value: unknown): void => {
          result.settle = () => caller.resolve(value);
          this.#show({ version, node, place });
        };
        const location = redirectOf(actionResult);
        if (location === undefined) return show(actionResult);
        // The place may be on the page that comes now.
        if (isWithinPage(location)) show(undefined);
        else return follow(location, () => show(undefined)); // the caller waits until the page is gone
        this.whenShown(version).then(() => follow(location, () => {}), this.#failed);
      },
      (error) => {
        this.#results.splice(this.#results.indexOf(result), 1);
        caller.reject(error);
      },
    );
  }

  /** An action's answer after the page that it is of was left: nothing of it is shown. */
  answerOnly(bytes: Uint8Array, callServer: CallServer, caller: Caller): void {
    decode(
      bytes,
      callServer,
      ({ actionResult }) => {
        const location = redirectOf(actionResult);
        if (location === undefined) caller.resolve(actionResult);
        else follow(location, () => caller.resolve(undefined));
      },
      (error) => caller.reject(error),
    );
  }

  /** Resolves when this version, or a newer one, is on the screen; rejects if it cannot be shown. */
  whenShown(version: number): Promise<void> {
    if (version <= this.#shown) return Promise.resolve();
    return new Promise((shown, failed) => this.#waiting.add({ version, shown, failed }));
  }

  /** For the root component: the page to render. */
  useShownPage(): Page {
    this.#rendersBegun++;
    const [page, setPage] = useState<Page | undefined>(this.#first);
    this.#rendersPassed++;
    // Before any effect of the page's components, which may look at the address.
    useInsertionEffect(() => {
      if (page) this.#entered(page.place);
    }, [page]);
    useLayoutEffect(() => {
      this.#setPage = setPage;
      if (page) this.#committed(page);
    }, [page]);
    return page ?? { version: -1, node: null, place: undefined };
  }

  #entered(place: Place | undefined): void {
    if (place === this.#shownPlace) return;
    this.#shownPlace = place;
    place?.enter();
  }

  /** Of all that have come: an older one will not be shown. */
  get newestVersion(): number {
    return Math.max(this.#shown, this.#newest?.version ?? -1, this.#push?.version ?? -1);
  }

  #decodePush(): void {
    const push = this.#push;
    this.#push = undefined;
    if (!push || push.version <= this.newestVersion) return;
    const { version, rows, callServer, place } = push;
    decode(
      rows,
      callServer,
      ({ node }) => this.#show({ version, node, place }),
      (error) => this.#cannotShow(version, error),
    );
  }

  #show(page: Page): void {
    if (page.version > (this.#newest?.version ?? -1)) this.#newest = page;
    const newest = this.#newest ?? page;
    if (newest.version <= this.#shown) return void this.#settleUpTo(this.#shown);
    if (!this.#setPage) return; // shown when the root is mounted
    const setPage = this.#setPage;
    const before = this.#rendersHeld();
    startTransition(() => setPage(newest));
    this.#probe(newest, before, 0);
  }

  #committed(page: Page): void {
    this.#shown = page.version;
    this.#settleUpTo(page.version);
    for (const { shown } of this.#takeWaiting(page.version)) shown();
    if (this.#newest && this.#newest.version > page.version) this.#show(this.#newest);
  }

  #cannotShow(version: number, error: unknown): void {
    const waiting = this.#takeWaiting(version);
    for (const { failed } of waiting) failed(error);
    if (waiting.length === 0) this.#failed(error);
  }

  #takeWaiting(version: number): Waiting[] {
    const due = [...this.#waiting].filter((waiting) => waiting.version <= version);
    for (const waiting of due) this.#waiting.delete(waiting);
    return due;
  }

  #rendersHeld(): number {
    return this.#rendersBegun - this.#rendersPassed;
  }

  /** Waits until React has shown `page` or has held it back, which is when more renders began than passed. */
  #probe(page: Page, heldBefore: number, waitMs: number): void {
    setTimeout(() => {
      if (this.#shown >= page.version || page !== this.#newest) return;
      if (this.#rendersHeld() === heldBefore) {
        return this.#probe(page, heldBefore, Math.min(waitMs + 1, slowestProbeMs));
      }
      if (this.#settleUpTo(page.version) > 0) return this.#awaitSettled(page, this.#rendersPassed);
      const decodesLater = this.#results.some((result) => result.at <= page.version);
      if (!decodesLater) this.#setPage?.(page);
    }, waitMs);
  }

  /** The pending action has its result. It may go on, or be another one that still waits: then the page does not. */
  #awaitSettled(page: Page, passedBefore: number): void {
    setTimeout(() => {
      if (this.#shown >= page.version || page !== this.#newest) return;
      if (this.#rendersPassed === passedBefore) this.#setPage?.(page);
    }, settlingMs);
  }

  /** Returns how many callers got their result. */
  #settleUpTo(version: number): number {
    const due = this.#results.filter((result) => result.at <= version && result.settle);
    for (const result of due) this.#results.splice(this.#results.indexOf(result), 1);
    for (const result of due) result.settle?.();
    return due.length;
  }
}
