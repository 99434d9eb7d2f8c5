// Why a form was not done, beside the form. html::formError of C++ prints the same, so that it is there without scripts
// too.

import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { useFormStatus } from 'react-dom';
import { forms, type FormNote, type Submission } from './forms.ts';

/** What a person is told of the form that they submitted last. */
export interface FormError {
  /** `waiting`: it is sent as soon as the server can be reached. */
  readonly kind: 'waiting' | 'failed';
  readonly message: string;
  /** The field that is wrong, as the server's ActionError names it; empty: none in particular. */
  readonly field: string;
}

/**
 * Why the form around this component was not done, until it is submitted again. Like useFormStatus, for a component
 * that stands inside of the `<form>`; the form's action is a function of the server itself.
 */
export function useFormError(): FormError | undefined {
  return useLastSubmission()?.note;
}

function useLastSubmission(): Submission | undefined {
  const { data } = useFormStatus();
  const [last, setLast] = useState<FormData>();
  if (data && data !== last) setLast(data);
  useSyncExternalStore(
    forms.subscribe,
    () => forms.submissionOf(last)?.note,
    () => undefined,
  );
  const submission = forms.submissionOf(last);
  useEffect(() => {
    if (submission) submission.isWatched = true;
  }, [submission]);
  return submission;
}

interface Props {
  /** Shows what is wrong with this field only. */
  readonly field?: string | null;
  /** What a form that was posted without scripts was answered with. */
  readonly message?: string | null;
}

/** Without a field: what no other in the form shows. */
export function FormErrorText({ field, message }: Props): ReactNode {
  const submission = useLastSubmission();
  const [first] = useState(message ?? '');
  const text = submission ? textOf(submission.form, submission.note, field ?? '') : first;
  return (
    <span role="alert" data-duramen-error={field ?? ''} hidden={text === ''}>
      {text}
    </span>
  );
}

function textOf(form: HTMLFormElement, note: FormNote | undefined, field: string): string {
  if (!note) return '';
  const isOwn =
    note.field === field ||
    (field === '' && !form.querySelector(`[data-duramen-error="${CSS.escape(note.field)}"]`));
  return isOwn ? note.message : '';
}
