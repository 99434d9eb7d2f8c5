import type { UploadsProps } from 'duramen/app';
import { useActionState, useState } from 'react';
import { useFormStatus } from 'react-dom';
import { useSeen } from './see.ts';

function Send() {
  const { pending } = useFormStatus();
  return <button disabled={pending}>Send</button>;
}

export function Uploads({ upload, sizes }: UploadsProps) {
  const [said, action, isPending] = useActionState(async (_: string, form: FormData) => {
    try {
      const { name, type, bytes, comment } = await upload(form);
      return `${name}, ${type}, ${bytes} bytes, ${comment}`;
    } catch (error) {
      return error instanceof Error ? `${error.name}: ${error.message}` : 'failed';
    }
  }, '');
  const [sum, setSum] = useState('');
  useSeen(`upload ${said}${isPending ? ' pending' : ''}`);
  return (
    <>
      <form id="uploads" action={action}>
        <input name="comment" aria-label="Comment" />
        <input name="file" type="file" aria-label="File" />
        <Send />
        <output id="uploaded">{said}</output>
      </form>
      <input
        type="file"
        multiple
        aria-label="Many"
        onChange={async ({ target }) => setSum(`${await sizes([...(target.files ?? [])])} bytes in all`)}
      />
      <output id="sum">{sum}</output>
    </>
  );
}
