// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OutcomeUnknownError } from './connection.ts';
import { MergedTextEditor, type Revision, type SaveBase } from './merged_text.ts';
import { merge } from './merge.ts';
import { Random } from './testing/random.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

/** What C++'s MergedText does, in short. */
class NoteServer {
  readonly revisions: string[];
  readonly edits = new Set<string>();

  constructor(content = '') {
    this.revisions = [content];
  }

  get latest(): Revision {
    return { content: this.revisions.at(-1) ?? '', number: this.revisions.length - 1, merged: true };
  }

  save(content: string, base?: SaveBase): Revision {
    if (base && this.edits.has(base.edit)) return this.latest;
    const from = base ? this.revisions[base.number] : this.latest.content;
    if (from === undefined) return { ...this.latest, merged: false };
    if (base) this.edits.add(base.edit);
    this.revisions.push(base ? merge(from, content, this.latest.content).text : content);
    return this.latest;
  }
}

function fieldOf(editor: MergedTextEditor, text: string): HTMLTextAreaElement {
  const field = document.createElement('textarea');
  field.defaultValue = text;
  document.body.append(field);
  editor.attach(field);
  return field;
}

function type(field: HTMLTextAreaElement, editor: MergedTextEditor, text: string): void {
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
  editor.changed();
}

interface Asked {
  readonly content: string;
  readonly base: SaveBase | undefined;
  answer(revision: Revision): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** An editor whose saves the test answers. */
function edited(content: string) {
  const asked: Asked[] = [];
  const save = (text: string, base?: SaveBase): Promise<Revision> =>
    new Promise((resolve, reject) => {
      asked.push({
        content: text,
        base,
        answer: async (revision) => (resolve(revision), vi.advanceTimersByTimeAsync(0)).then(() => {}),
        fail: async (error) => (reject(error), vi.advanceTimersByTimeAsync(0)).then(() => {}),
      });
    });
  const editor = new MergedTextEditor({ content, number: 1, merged: true }, save);
  const field = fieldOf(editor, content);
  const call = (i: number): Asked => {
    const one = asked[i];
    if (!one) throw new Error(`only ${asked.length} saves`);
    return one;
  };
  return { editor, field, asked, call };
}

const revision = (content: string, number: number, merged = true): Revision => ({ content, number, merged });

describe('MergedTextEditor', () => {
  it('has one save in flight, and then saves what was typed meanwhile', async () => {
    const { editor, field, asked, call } = edited('');
    type(field, editor, 'a');
    type(field, editor, 'b');
    expect(asked).toHaveLength(1);
    expect(call(0).content).toBe('a');
    expect(editor.isSaved()).toBe(false);
    await call(0).answer(revision('a', 2));
    expect(call(1)).toMatchObject({ content: 'ab', base: { number: 2 } });
    await call(1).answer(revision('ab', 3));
    expect(editor.isSaved()).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('takes its own echo for what it is', async () => {
    const { editor, field, call } = edited('');
    type(field, editor, 'a');
    await call(0).answer(revision('a', 2));
    type(field, editor, 'b');
    editor.adopt(revision('a', 2));
    expect(field.value).toBe('ab');
  });

  it('holds a push until its save is answered, since only the answer tells what the push contains', async () => {
    const { editor, field, call } = edited('note');
    field.setSelectionRange(4, 4);
    type(field, editor, ' mine');
    editor.adopt(revision('theirs note mine', 3));
    expect(field.value).toBe('note mine');
    await call(0).answer(revision('note mine', 2));
    expect(field.value).toBe('theirs note mine');
    expect(editor.isSaved()).toBe(true);
  });

  it('keeps the caret by its character', () => {
    const { editor, field } = edited('one two');
    field.focus();
    field.setSelectionRange(4, 7);
    editor.adopt(revision('zero one two three', 2));
    expect(field.value.slice(field.selectionStart, field.selectionEnd)).toBe('two');
  });

  it('touches nothing during a composition', async () => {
    const { editor, field, asked, call } = edited('x');
    field.setSelectionRange(1, 1);
    type(field, editor, 'a');
    editor.composing(true);
    type(field, editor, 'に');
    await call(0).answer(revision('Yxa', 2));
    editor.adopt(revision('YZxa', 3));
    expect(field.value).toBe('xaに');
    expect(asked).toHaveLength(1);
    editor.composing(false);
    expect(field.value).toBe('YZxaに');
    expect(call(1)).toMatchObject({ content: 'YZxaに', base: { number: 3 } });
  });

  it('sends a save whose answer was lost again, unchanged', async () => {
    const { editor, field, asked, call } = edited('');
    type(field, editor, 'hello');
    await call(0).fail(new OutcomeUnknownError('lost'));
    type(field, editor, ' you');
    editor.adopt(revision('hello', 2));
    expect(field.value).toBe('hello you');
    await vi.advanceTimersByTimeAsync(500);
    expect(asked).toHaveLength(2);
    expect(call(1).content).toBe('hello');
    expect(call(1).base).toEqual(call(0).base);
    await call(1).answer(revision('hello', 2));
    expect(field.value).toBe('hello you');
    expect(call(2).content).toBe('hello you');
  });

  it('merges in the browser when the server no longer knows the base, and saves under a new id', async () => {
    const { editor, field, call } = edited('one two');
    field.setSelectionRange(7, 7);
    type(field, editor, ' mine');
    await call(0).answer(revision('zero one two', 90, false));
    expect(field.value).toBe('zero one two mine');
    expect(call(1)).toMatchObject({ content: 'zero one two mine', base: { number: 90 } });
    expect(call(1).base?.edit).not.toBe(call(0).base?.edit);
  });

  it('gives up a save that is refused again and again once the text has changed', async () => {
    const { editor, field, asked, call } = edited('');
    type(field, editor, 'too long');
    for (let i = 0; i < 4; i++) {
      await call(i).fail(new Error('refused'));
      await vi.advanceTimersByTimeAsync(15_000);
      expect(call(i + 1).content).toBe('too long');
    }
    field.value = 'short';
    editor.changed();
    await call(4).fail(new Error('refused'));
    expect(asked.at(-1)?.content).toBe('short');
  });

  it('saves what was typed last after the field has left the page', async () => {
    const { editor, field, call } = edited('');
    type(field, editor, 'a');
    type(field, editor, 'b');
    editor.detach();
    field.remove();
    await call(0).answer(revision('Xa', 2));
    expect(call(1).content).toBe('Xab');
  });

  it('does not take a carriage return, which no textarea holds, for an edit', () => {
    const { asked, editor } = edited('one\r\ntwo');
    editor.adopt(revision('one\r\ntwo\r\n', 2));
    expect(asked).toHaveLength(0);
    expect(editor.isSaved()).toBe(true);
  });

  it.each([1, 2, 3, 4, 5])('loses no keystroke of two typists over a slow and lossy way (seed %i)', async (seed) => {
    const random = new Random(seed);
    const server = new NoteServer('start\n');
    const late = (): Promise<void> => new Promise((go) => setTimeout(go, 20 + random.below(280)));
    const typists = [0, 1].map(() => {
      const save = async (content: string, base?: SaveBase): Promise<Revision> => {
        await late();
        const saved = server.save(content, base);
        push();
        await late();
        if (random.below(10) === 0) throw new OutcomeUnknownError('lost');
        return saved;
      };
      const editor = new MergedTextEditor(server.latest, save);
      return { editor, field: fieldOf(editor, server.latest.content) };
    });
    const push = (): void => {
      const latest = server.latest;
      for (const { editor } of typists) void late().then(() => editor.adopt(latest));
    };

    const words: string[][] = [[], []];
    for (let key = 0; key < 200; key++) {
      for (const [who, { editor, field }] of typists.entries()) {
        const word = `${'AB'[who]}${key}.`;
        if (key === 0) field.setSelectionRange(who === 0 ? 0 : 6, who === 0 ? 0 : 6);
        field.focus();
        type(field, editor, word);
        words[who]?.push(word);
        // The caret stays behind what was just typed.
        expect(field.value.slice(0, field.selectionStart).endsWith(word)).toBe(true);
        await vi.advanceTimersByTimeAsync(random.below(60));
      }
    }
    await vi.advanceTimersByTimeAsync(60_000);
    for (const { editor, field } of typists) {
      expect(editor.isSaved()).toBe(true);
      expect(field.value).toBe(server.latest.content);
    }
    for (const typed of words) for (const word of typed) expect(server.latest.content.split(word)).toHaveLength(2);
    expect(server.latest.content).toHaveLength(6 + words.flat().join('').length);
  });
});
