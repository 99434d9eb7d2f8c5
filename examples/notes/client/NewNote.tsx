import type { NewNoteProps } from 'duramen/app';
import { useNavigate } from 'duramen/client';

const letters = 'abcdefghjkmnpqrstuvwxyz23456789';

function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return Array.from(bytes, (byte) => letters[byte % letters.length]).join('');
}

/** Goes to a page of its own; the note begins with its first save. */
export function NewNote({ label }: NewNoteProps) {
  const navigate = useNavigate();
  return (
    <button className="new" type="button" onClick={() => navigate(`/note/${freshKey()}`)}>
      {label}
    </button>
  );
}
