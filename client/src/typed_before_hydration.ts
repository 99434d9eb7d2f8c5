// What a person types before React takes the page over would be lost: React resets a textarea, leaves the state of a
// controlled field behind, and replaces a fallback's fields by the component's own. So the fields whose value is not
// their default are remembered before, and given back after through the field's own events. The same serves what is
// made anew on the page.

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

declare global {
  /** The document answers a form that was posted without scripts: its fields hold what was typed. */
  var __DURAMEN_TYPED: boolean | undefined;
}

interface Typed {
  readonly field: Field;
  readonly at: number;
  /** Undefined: the field was only gone to. */
  readonly value: string | boolean | undefined;
  readonly selection: readonly [number, number] | undefined;
  readonly focused: boolean;
}

/** Remembers the typed fields of `root`. The function that it returns gives them back, once. */
export function keepTyped(root: Element): () => void {
  const isAnswer = globalThis.__DURAMEN_TYPED === true;
  const kept = fieldsOf(root).flatMap((field, at) => {
    const focused = document.activeElement === field;
    const value = isAnswer || isTyped(field) ? valueOf(field) : undefined;
    if (value === undefined && !focused) return [];
    return [{ field, at, value, selection: selectionOf(field), focused } satisfies Typed];
  });
  return () => {
    for (const typed of kept.splice(0)) giveBack(root, typed);
  };
}

/** The same of those fields only that are off the page when they are given back. */
export function keepTypedOfGone(root: Element): () => void {
  const kept = fieldsOf(root).flatMap((field, at) => {
    if (!isTyped(field)) return [];
    return [{ field, at, value: valueOf(field), selection: undefined, focused: false } satisfies Typed];
  });
  return () => {
    for (const typed of kept.splice(0)) if (!typed.field.isConnected) giveBack(root, typed);
  };
}

function fieldsOf(root: Element): Field[] {
  return [...root.querySelectorAll<Field>('input,textarea,select')].filter(
    (field) => field.type !== 'file' && field.type !== 'hidden' && field.type !== 'submit' && field.type !== 'button',
  );
}

function isSwitch(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === 'checkbox' || field.type === 'radio');
}

function isTyped(field: Field): boolean {
  if (field instanceof HTMLSelectElement) return [...field.options].some((o) => o.selected !== o.defaultSelected);
  return isSwitch(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

function valueOf(field: Field): string | boolean {
  return isSwitch(field) ? field.checked : field.value;
}

function selectionOf(field: Field): readonly [number, number] | undefined {
  if (field instanceof HTMLSelectElement) return undefined;
  const { selectionStart, selectionEnd } = field; // null for an email, a number, …
  return selectionStart === null || selectionEnd === null ? undefined : [selectionStart, selectionEnd];
}

function giveBack(root: Element, typed: Typed): void {
  const field = typed.field.isConnected ? typed.field : successorOf(root, typed);
  if (!field) return;
  if (typed.focused && document.activeElement !== field) field.focus({ preventScroll: true });
  if (typeof typed.value === 'boolean') {
    // Of a group of radio buttons the one that was chosen takes the choice from the other.
    const isDue = isSwitch(field) && field.checked !== typed.value && (typed.value || field.type === 'checkbox');
    if (isDue) field.click();
    return;
  }
  if (typed.value !== undefined) setAsTyped(field, typed.value);
  if (typed.selection && !(field instanceof HTMLSelectElement)) {
    try {
      field.setSelectionRange(...typed.selection);
    } catch {
      // A field of another type than the one that it replaces has no selection.
    }
  }
}

/** The field that stands where a fallback's field stood. */
function successorOf(root: Element, { field, at }: Typed): Field | undefined {
  const fields = fieldsOf(root).filter((other) => other.tagName === field.tagName);
  return (
    fields.find((other) => field.id !== '' && other.id === field.id) ??
    fields.find((other) => field.name !== '' && other.name === field.name) ??
    fields.find((other) => fieldsOf(root)[at] === other)
  );
}

/** As if a person had typed it: React's own setter would hide the change from React. */
function setAsTyped(field: Field, value: string): void {
  const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value')?.set;
  if (!(field instanceof HTMLSelectElement)) field.value = ''; // through React's setter: the next value differs from it
  set?.call(field, value);
  field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
}
