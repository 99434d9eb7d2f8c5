import type { AdderProps } from 'duramen/app';
import { useActionState } from 'react';
import { useFormStatus } from 'react-dom';
import { useSeen } from './see.ts';

function Submit() {
  const { pending, data } = useFormStatus();
  useSeen(`status ${pending ? `sending ${String(data.get('number'))}` : 'idle'}`);
  return <button disabled={pending}>Add</button>;
}

export function Adder({ add }: AdderProps) {
  const [{ total, error }, action, isPending] = useActionState(add, { total: 0 });
  useSeen(`sum ${total}${isPending ? ' pending' : ''}`);
  return (
    <form action={action}>
      <input name="number" aria-label="Number" />
      <Submit />
      <output id="total">{error ?? total}</output>
    </form>
  );
}
