// Forms whose action is a function of the server. React throws what such an action throws in the place of the form,
// which would take the page off the screen. So a call that failed is told to its form instead: the page stays, the
// fields keep what was typed (React would reset them), and the reason stands beside the form (form_error.tsx, or at its
// end). A form sends one submission at a time; meanwhile it is aria-busy.
//
// React's own form calls the action with a FormData of the form. Which form that is of, an entry tells that is put into
// the FormData as it is made, and taken out before the call goes.

import type { CallServer } from './call_server.ts';
import { ActionError } from './connection.ts';

/** What a form has to say of its last submission. */
export interface FormNote {
  /** `waiting`: it is sent as soon as the server can be reached. `failed`: it was not done, or nobody knows. */
  readonly kind: 'waiting' | 'failed';
  readonly message: string;
  /** The field that is wrong; empty: none in particular. */
  readonly field: string;
}

/** One time that a form was submitted. */
export class Submission {
  readonly form: HTMLFormElement;
  /** Whether the form's action is the server's function itself, and not one of the app's that calls it. */
  readonly isDirect: Promise<boolean>;
  note: FormNote | undefined;
  /** Whether a component in the form shows the note. */
  isWatched = false;

  constructor(form: HTMLFormElement, isDirect: Promise<boolean>) {
    this.form = form;
    this.isDirect = isDirect;
  }
}

const entryName = '$DURAMEN_FORM';
const waitingText = 'The server cannot be reached. This is sent as soon as it is back.';

export class Forms {
  readonly #sent = new WeakMap<FormData, Submission>();
  readonly #running = new Map<HTMLFormElement, Submission>();
  readonly #named = new Map<string, Submission>();
  readonly #listeners = new Set<() => void>();
  readonly #unwanted = new WeakSet<HTMLFormElement>();
  #submitting: { readonly name: string; readonly submission: Submission } | undefined;
  #submissions = 0;

  /** Tells a function of the server from one of the app's. */
  isServerFunction: (action: unknown) => Promise<boolean> = () => Promise.resolve(false);

  /** Watches the forms of the document. */
  listen(): void {
    const options = { capture: true };
    document.addEventListener('submit', (event) => this.#submitted(event), options);
    document.addEventListener('formdata', (event) => this.#made(event), options);
    document.addEventListener('reset', (event) => this.#reset(event), options);
  }

  /** The same calls; what fails of a form's own action is told to the form. */
  wrap(callServer: CallServer): CallServer {
    return (id, args) => {
      const submission = this.#take(args.at(-1));
      return submission ? this.#run(submission, id, () => callServer(id, args)) : callServer(id, args);
    };
  }

  /** Whether the call with these arguments waits for the server. */
  waits(args: readonly unknown[], isWaiting: boolean): void {
    const submission = this.submissionOf(args.at(-1));
    if (!submission) return;
    this.#note(submission, isWaiting ? { kind: 'waiting', message: waitingText, field: '' } : undefined);
  }

  submissionOf(data: unknown): Submission | undefined {
    return data instanceof FormData ? this.#sent.get(data) : undefined;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #submitted(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    if (this.#running.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const name = String(++this.#submissions);
    const isDirect = this.isServerFunction(actionOf(form, event.submitter));
    this.#submitting = { name, submission: new Submission(form, isDirect) };
    setTimeout(() => {
      if (this.#submitting?.name === name) this.#submitting = undefined;
    });
  }

  /** React, or a handler of the app's, makes the FormData of the form that is being submitted. */
  #made({ target, formData }: FormDataEvent): void {
    if (!this.#submitting || this.#submitting.submission.form !== target) return;
    this.#named.set(this.#submitting.name, this.#submitting.submission);
    formData.append(entryName, this.#submitting.name);
  }

  /** React resets a form after its action, also after one that failed, when the person would have to type all again. */
  #reset(event: Event): void {
    if (!(event.target instanceof HTMLFormElement) || !this.#unwanted.delete(event.target)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** React would wait with it until all else that runs has ended, and take away what was typed since. */
  #resetNow(form: HTMLFormElement): void {
    HTMLFormElement.prototype.reset.call(form); // a field may be named "reset"
    this.#unwanted.add(form);
  }

  #take(data: unknown): Submission | undefined {
    if (!(data instanceof FormData)) return undefined;
    const name = data.get(entryName);
    if (typeof name !== 'string') return undefined;
    data.delete(entryName);
    const submission = this.#named.get(name);
    this.#named.delete(name);
    if (submission) this.#sent.set(data, submission);
    return submission;
  }

  async #run(submission: Submission, id: string, call: () => Promise<unknown>): Promise<unknown> {
    const { form } = submission;
    this.#running.set(form, submission);
    this.#unwanted.delete(form);
    form.setAttribute('aria-busy', 'true');
    this.#note(submission, undefined);
    try {
      const result = await call();
      this.#note(submission, undefined);
      if (await submission.isDirect) this.#resetNow(form);
      return result;
    } catch (error) {
      if (!(await submission.isDirect)) {
        this.#note(submission, undefined);
        throw error;
      }
      this.#unwanted.add(form);
      this.#note(submission, noteOf(error, id));
      return undefined;
    } finally {
      this.#running.delete(form);
      form.removeAttribute('aria-busy');
    }
  }

  #note(submission: Submission, note: FormNote | undefined): void {
    submission.note = note;
    markField(submission.form, note);
    noteAtEnd(submission, note);
    for (const listener of this.#listeners) listener();
  }
}

/** The page's forms. React gives the calls of a form no name of theirs, so there is one for all payloads. */
export const forms = new Forms();

function noteOf(error: unknown, id: string): FormNote {
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'failed',
    message: message.startsWith(`${id}: `) ? message.slice(id.length + 2) : message,
    field: error instanceof ActionError ? error.field : '',
  };
}

const marked = 'data-duramen-invalid';

function markField(form: HTMLFormElement, note: FormNote | undefined): void {
  for (const field of form.querySelectorAll(`[${marked}]`)) {
    field.removeAttribute(marked);
    field.removeAttribute('aria-invalid');
  }
  const wrong = note && note.field !== '' ? form.querySelector(`[name="${CSS.escape(note.field)}"]`) : null;
  if (!wrong || wrong.hasAttribute('aria-invalid')) return;
  wrong.setAttribute(marked, '');
  wrong.setAttribute('aria-invalid', 'true');
}

/** For a form that has no place for its errors. React leaves a node alone that it did not make. */
function noteAtEnd({ form, isWatched }: Submission, note: FormNote | undefined): void {
  form.querySelector('[data-duramen-error="end"]')?.remove();
  if (!note || isWatched || form.querySelector('[data-duramen-error]')) return;
  const element = document.createElement('span');
  element.setAttribute('role', 'alert');
  element.setAttribute('data-duramen-error', 'end');
  element.textContent = note.message;
  form.append(element);
}

/** An action of the button that was pressed counts before its form's. */
function actionOf(form: HTMLFormElement, submitter: HTMLElement | null): unknown {
  return (submitter && propsOf(submitter)['formAction']) ?? propsOf(form)['action'];
}

/** React keeps an element's props on the element, under a name of its own. */
function propsOf(element: HTMLElement): Readonly<Record<string, unknown>> {
  const name = Object.keys(element).find((key) => key.startsWith('__reactProps$'));
  const props: unknown = name === undefined ? undefined : Reflect.get(element, name);
  return typeof props === 'object' && props !== null ? { ...props } : {};
}
