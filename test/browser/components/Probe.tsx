// Components that the rules are tried on. What they see goes into window.seen, commit by commit.

import { useActionState, useLayoutEffect, useState, useTransition } from 'react';
import {
  useConnectionStatus,
  useFormError,
  useMergedText,
  useNavigate,
  type Revision,
  type Save,
} from 'duramen/client';

export { FormErrorText } from 'duramen/client';

declare global {
  interface Window {
    seen: string[];
  }
}

function see(line: string): void {
  (window.seen ??= []).push(line);
}

export function Counter() {
  const [count, setCount] = useState(0);
  return (
    <button id="count" onClick={() => setCount(count + 1)}>
      {count}
    </button>
  );
}

type Act = (word: string) => Promise<string>;

/** Runs the action in a transition, and says in which commit page, result and pending change. */
export function Transition({ page, act, twice = false }: { page: string; act: Act; twice?: boolean }) {
  const [isPending, start] = useTransition();
  const [result, setResult] = useState('none');
  useLayoutEffect(() => see(`${page} ${result} ${isPending ? 'pending' : 'idle'}`), [page, result, isPending]);
  const run = (): void =>
    start(async () => {
      const first = await act('one');
      if (twice) await act('two');
      start(() => setResult(first));
    });
  return (
    <button id="act" onClick={run}>
      act
    </button>
  );
}

/** Calls the action and says what came, and which page was on the screen then. */
export function Plain({ act }: { act: Act }) {
  const shown = (): string => document.getElementById('page')?.textContent ?? 'no page';
  const run = (): void => {
    act('plain').then(
      (result) => see(`${result} on ${shown()}`),
      (error: Error) => see(`${error.name}: ${error.message}`),
    );
  };
  return (
    <button id="plain" onClick={run}>
      plain
    </button>
  );
}

export function Thrower({ bad }: { bad: boolean }) {
  if (bad) throw new Error('this version throws');
  return <b id="good">good</b>;
}

export function Fields() {
  const [text, setText] = useState('');
  return (
    <>
      <input id="controlled" value={text} onChange={(event) => setText(event.target.value)} />
      <textarea id="free" name="free" defaultValue="" />
      <output id="state">{text}</output>
    </>
  );
}

export function FormError() {
  const error = useFormError();
  return <output id="error">{error ? `${error.kind} ${error.field}: ${error.message}` : ''}</output>;
}

/** A form whose action is not the server's own function: what it does not catch, React throws. */
export function OwnForm({ act }: { act: (form: FormData) => Promise<string> }) {
  const [, action] = useActionState(async (_: string, form: FormData) => act(form), '');
  return (
    <form id="own" action={action}>
      <input name="own" aria-label="Own" />
      <button id="send-own">Send</button>
    </form>
  );
}

export function Status() {
  return <output id="status">{useConnectionStatus()}</output>;
}

export function Go({ to }: { to: string }) {
  const navigate = useNavigate();
  return (
    <button id="go" onClick={() => navigate(to)}>
      go
    </button>
  );
}

export function Text({ text, save }: { text: Revision; save: Save }) {
  const { field, state } = useMergedText(text, save);
  return (
    <>
      <textarea id="text" rows={20} cols={80} {...field} />
      <output id="saved">{state}</output>
    </>
  );
}
