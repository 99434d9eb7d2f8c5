// A textarea that several people type into at once. The server merges each save into what it has (C++'s MergedText),
// and the field merges what comes back into what has been typed meanwhile: no keystroke is lost or reordered, the caret
// stays by its character, all come to the same text.

import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { OutcomeUnknownError } from './connection.ts';
import { merge } from './merge.ts';
import { randomHex } from './random_id.ts';
import { useConnectionStatus } from './status.ts';
import { holdPage } from './unload.ts';

/** A text at one point of its history. */
export interface Revision {
  readonly content: string;
  readonly number: number;
  /** False in the answer to a save whose base the server does not know: nothing was merged. */
  readonly merged: boolean;
}

/** The revision that a save began from, and the save's own id: sent twice, it takes effect once. */
export interface SaveBase {
  readonly number: number;
  readonly edit: string;
}

export type Save = (content: string, base?: SaveBase) => Promise<Revision>;

/**
 * `saving`: a save takes longer than a moment; one that does not changes nothing, so that what shows this is not
 * announced at each key. `offline`: likewise, and the server cannot be reached. `full`: the server is there and has no
 * place for this reader, who sees nothing new until it has; what is not saved yet is saved then. `retrying`: likewise,
 * and it cannot tell just now who this is.
 */
export type SaveState = 'saved' | 'saving' | 'offline' | 'full' | 'retrying';

/** Props for a `<textarea>`; of a first render that C++ prints, `defaultValue` and `autoComplete` are part. */
export interface MergedTextField {
  readonly ref: (field: HTMLTextAreaElement | null) => void;
  readonly defaultValue: string;
  readonly autoComplete: 'off';
  readonly onInput: () => void;
  readonly onCompositionStart: () => void;
  readonly onCompositionEnd: () => void;
}

/**
 * `text` is the latest revision, `save` an action that returns the merged one. Spread `field` into an uncontrolled
 * `<textarea>`.
 *
 * When somebody else's edit comes in, the field's text is set by script, and a browser then forgets its undo steps:
 * undo takes back what was typed since the last such edit, and never what somebody else wrote.
 */
export function useMergedText(
  text: Revision,
  save: Save,
): { readonly field: MergedTextField; readonly state: SaveState } {
  const [editor] = useState(() => new MergedTextEditor(text, save));
  const [defaultValue] = useState(text.content);
  const isSaved = useSyncExternalStore(editor.subscribe, editor.isSaved, () => true);
  const isSlow = useLasting(!isSaved, momentMs);
  const connection = useConnectionStatus();
  const isHeld = connection === 'full' || connection === 'retrying';
  const state = isHeld ? connection : !isSlow ? 'saved' : connection === 'online' ? 'saving' : 'offline';

  // A server reference is another function in each version of the page.
  useLayoutEffect(() => editor.saveBy(save));
  useLayoutEffect(() => editor.adopt(text), [editor, text.number, text.content]);
  useEffect(() => (isSaved ? undefined : holdPage()), [isSaved]);

  const field = useRef<MergedTextField>(undefined);
  field.current ??= {
    ref: (element) => (element ? editor.attach(element) : editor.detach()),
    defaultValue,
    autoComplete: 'off', // else a browser puts an old text back after a reload, which would count as typed
    onInput: () => editor.changed(),
    onCompositionStart: () => editor.composing(true),
    onCompositionEnd: () => editor.composing(false),
  };
  return { field: field.current, state };
}

// What takes longer is worth a word.
const momentMs = 1_000;

/** Whether `is` has been true for so long without a break. */
function useLasting(is: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!is) return;
    const timer = setTimeout(() => setLasts(true), ms);
    return () => {
      clearTimeout(timer);
      setLasts(false);
    };
  }, [is, ms]);
  return is && lasts;
}

interface Sent {
  readonly content: string;
  readonly base: SaveBase;
}

// A save that the server refused is sent again, unchanged, since it may have taken effect before something else failed.
const firstRetryMs = 500;
const longestRetryMs = 15_000;
// Refused so often, it is given up once the text has changed.
const refusalsKept = 2;

/** The rules of one field. At most one save is in flight: only its answer tells what a push contains. */
export class MergedTextEditor {
  #save: Save;
  #base: Revision;
  #field: HTMLTextAreaElement | undefined;
  #textAway = ''; // the field's text after it has left the page with something unsaved
  #inFlight = false;
  #isComposing = false;
  #answer: { readonly sent: Sent; readonly revision: Revision } | undefined;
  #held: Revision | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(text: Revision, save: Save) {
    this.#base = normal(text);
    this.#textAway = this.#base.content;
    this.#save = save;
  }

  readonly isSaved = (): boolean => !this.#inFlight && this.#text() === this.#base.content;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  saveBy(save: Save): void {
    this.#save = save;
  }

  attach(field: HTMLTextAreaElement): void {
    this.#field = field;
    this.changed();
  }

  /** What is not saved yet is saved without the field. */
  detach(): void {
    if (!this.#field) return;
    this.#textAway = this.#field.value;
    this.#field = undefined;
    this.composing(false);
  }

  /** The page shows this revision. Not newer than what the field has: the echo of its own save. */
  adopt(text: Revision): void {
    if (text.number <= this.#base.number) return;
    if (this.#inFlight || this.#isComposing) {
      if (!this.#held || text.number > this.#held.number) this.#held = text;
      return;
    }
    this.#mergeIn(this.#base.content, text);
    this.changed();
  }

  /** The field's text differs from before. */
  changed(): void {
    this.#sendIfChanged();
    for (const listener of this.#listeners) listener();
  }

  composing(isComposing: boolean): void {
    this.#isComposing = isComposing;
    if (isComposing) return;
    if (this.#answer) return this.#takeAnswer();
    if (!this.#inFlight) this.#adoptHeld();
    this.changed();
  }

  #text(): string {
    return this.#field?.value ?? this.#textAway;
  }

  #sendIfChanged(): void {
    if (this.#inFlight || this.#isComposing) return;
    const content = wellFormed(this.#text());
    if (content !== this.#text()) this.#setText(content, undefined);
    if (content === this.#base.content) return;
    this.#inFlight = true;
    void this.#send({ content, base: { number: this.#base.number, edit: randomHex() } });
  }

  /** Until the server has answered; an unanswered save may have taken effect. */
  async #send(sent: Sent): Promise<void> {
    const release = holdPage();
    await this.#untilAnswered(sent);
    release();
  }

  async #untilAnswered(sent: Sent): Promise<void> {
    for (let refusals = 0; ; ) {
      try {
        const revision = await this.#save(sent.content, sent.base);
        this.#answer = { sent, revision };
        if (!this.#isComposing) this.#takeAnswer();
        return;
      } catch (error) {
        if (!(error instanceof OutcomeUnknownError)) refusals++;
      }
      if (refusals > refusalsKept && this.#text() !== sent.content) return this.#giveUp();
      await new Promise((waited) => setTimeout(waited, Math.min(firstRetryMs * 2 ** refusals, longestRetryMs)));
    }
  }

  #takeAnswer(): void {
    if (!this.#answer) return;
    const { sent, revision } = this.#answer;
    this.#answer = undefined;
    this.#inFlight = false;
    // A merged answer holds what was sent, so what was typed since is an edit of that.
    this.#mergeIn(revision.merged ? sent.content : this.#base.content, revision);
    this.#adoptHeld();
    this.changed();
  }

  #giveUp(): void {
    this.#inFlight = false;
    this.#adoptHeld();
    this.changed();
  }

  #adoptHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.adopt(held);
  }

  #mergeIn(ancestor: string, text: Revision): void {
    const theirs = normal(text);
    const selection = this.#field ? [this.#field.selectionStart, this.#field.selectionEnd] : [];
    const merged = merge(ancestor, this.#text(), theirs.content, selection);
    this.#base = theirs;
    this.#setText(merged.text, merged.carets);
  }

  #setText(text: string, carets: readonly number[] | undefined): void {
    const field = this.#field;
    if (!field) {
      this.#textAway = text;
      return;
    }
    const { value, selectionDirection, scrollTop } = field;
    if (text === value) return;
    const [start, end, inserted] = changedRange(value, text);
    field.setRangeText(inserted, start, end, 'preserve');
    const [from, to] = carets ?? [];
    if (from !== undefined && to !== undefined && field.ownerDocument.activeElement === field) {
      field.setSelectionRange(from, to, selectionDirection);
    }
    field.scrollTop = scrollTop;
  }
}

/** As a textarea holds it: with line feeds only. */
function normal(text: Revision): Revision {
  return { ...text, content: text.content.replace(/\r\n?/g, '\n') };
}

/** A server refuses half of a surrogate pair, which no keyboard types. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** What of `before` to replace by what, to get `after`. */
function changedRange(before: string, after: string): [start: number, end: number, inserted: string] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return [start, before.length - tail, after.slice(start, after.length - tail)];
}
