import type { EditorProps } from 'duramen/app';
import { useMergedText } from 'duramen/client';

const states = {
  saved: 'Saved',
  saving: 'Saving…',
  offline: 'Offline: what you write is kept and saved when the server is back',
  full: 'Too many readers: what you write is kept and saved when there is room',
  retrying: 'One moment: what you write is kept and saved when the server can tell again who you are',
};

export function Editor({ text, save }: EditorProps) {
  const { field, state } = useMergedText(text, save);
  return (
    <>
      <textarea className="editor" aria-label="Note" placeholder="Write something…" {...field} />
      <p className="state" data-state={state} role="status">
        {states[state]}
      </p>
    </>
  );
}
